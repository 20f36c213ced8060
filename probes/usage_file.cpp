#include "probes/usage_file.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>

#include <limits>
#include <numbers>

#include "probes/arrays.hpp"

namespace ww {

namespace {

/// The sums of one layer and side, a text each.
using Side = std::vector<UsageSums> LayerStatistics::*;

/// Sum over texts of one field, [H, F].
at::Tensor total(const std::vector<UsageSums>& texts, at::Tensor UsageSums::*field) {
  at::Tensor sum;
  for (const auto& text : texts) sum = sum.defined() ? sum + text.*field : text.*field;
  return sum;
}

/// One side's statistics, a tensor per layer of each variable.
class SideWriter {
 public:
  SideWriter(ProbeFile& file, const Statistics& statistics, Side side, Averaging averaging)
      : file_(file), side_name_(side == &LayerStatistics::query ? "query" : "key") {
    for (const auto& layer : statistics.layers) add_layer(layer.*side, averaging);
  }

  void write() {
    const std::string heads = side_name_ == "query" ? "head" : "kv_head";
    for (const auto& [name, layers] : root_) put(side_name_ + name, {"layer", "frequency"}, layers);
    for (const auto& [name, layers] : per_head_) {
      put("per_head/" + side_name_ + name, {"layer", heads, "frequency"}, layers);
    }
    if (!rest_.empty())
      put(side_name_ == "query" ? "query_rest_norm" : "key_rest_norm", {"layer"}, rest_);
    const auto texts = at::stack(per_text_, 1);  // [texts, L, H, F]
    file_.variables["per_text/" + side_name_ + "_norm_mean"] =
        to_array({"text", "layer", heads, "frequency"}, texts);
  }

  at::Tensor mean() const { return at::stack(root_.at("_norm_mean")); }  // [L, F]

 private:
  void put(const std::string& name,
           std::vector<std::string> dims,
           const std::vector<at::Tensor>& layers) {
    file_.variables[name] = to_array(std::move(dims), at::stack(layers));
  }

  void add_layer(const std::vector<UsageSums>& texts, Averaging averaging) {
    double tokens = 0, windows = 0;
    std::vector<at::Tensor> means;
    at::Tensor largest;
    for (const auto& text : texts) {
      tokens += static_cast<double>(text.tokens);
      windows += static_cast<double>(text.windows);
      means.push_back(text.norm / static_cast<double>(text.tokens));
      largest = largest.defined() ? at::where(text.largest > largest, text.largest, largest)
                                  : text.largest;
    }
    per_text_.push_back(at::stack(means));  // [texts, H, F]
    const auto estimate = layer_norm_estimate(texts, averaging);
    root_["_norm_mean"].push_back(estimate.mean);
    root_["_norm_se"].push_back(estimate.error);
    root_["_norm_position0"].push_back((total(texts, &UsageSums::first) / windows).mean(0));

    const auto pooled = total(texts, &UsageSums::norm) / tokens;
    const auto variance =
        (total(texts, &UsageSums::square) / tokens - pooled * pooled).clamp_min(0);
    per_head_["_norm_mean"].push_back(mean_norm(texts, averaging));
    per_head_["_norm_cv"].push_back(variance.sqrt() / pooled);
    per_head_["_norm_max"].push_back(largest);
    per_head_["_mean_re"].push_back(total(texts, &UsageSums::real) / tokens);
    per_head_["_mean_im"].push_back(total(texts, &UsageSums::imaginary) / tokens);
    per_head_["_square_re"].push_back(total(texts, &UsageSums::real_square) / tokens);
    per_head_["_square_im"].push_back(total(texts, &UsageSums::imaginary_square) / tokens);
    if (texts.front().tail.defined()) {
      rest_.push_back(total(texts, &UsageSums::tail).mean() / tokens);
    }
  }

  ProbeFile& file_;
  std::string side_name_;
  std::map<std::string, std::vector<at::Tensor>> root_, per_head_;
  std::vector<at::Tensor> rest_, per_text_;
};

void add_frequencies(ProbeFile& file, const Decoder& model) {
  std::vector<at::Tensor> theta, phase;
  const auto L = model.config().layers;
  for (int64_t l = 0; l < L; ++l) {
    theta.push_back(model.encoding(l).theta());
    const auto delta = model.encoding(l).key_phase();
    if (delta.defined()) phase.push_back(delta.detach());
  }
  const auto table = at::stack(theta);  // [L, F], rad/token
  file.variables["theta"] = to_array({"layer", "frequency"}, table);
  file.variables["wavelength"] = to_array({"layer", "frequency"}, 2 * std::numbers::pi / table);
  file.variables["pe_enabled"] = to_array({"layer"}, (table != 0).any(1));
  std::vector<int64_t> windows;
  for (int64_t l = 0; l < L; ++l) windows.push_back(model.config().window(l));
  file.variables["window"] = coordinate("layer", windows);
  if (!phase.empty()) {
    file.variables["per_head/pope_delta"] =
        to_array({"layer", "kv_head", "frequency"}, at::stack(phase));
  }
  file.variables["layer"] = counted("layer", L);
  file.variables["head"] = counted("head", model.config().heads);
  file.variables["kv_head"] = counted("kv_head", model.config().key_heads);
  file.variables["frequency"] = counted("frequency", table.size(1));
}

void add_texts(ProbeFile& file, const Inputs& inputs, const Statistics& statistics) {
  Array tokens{{"text"}, {inputs.texts.size()}, {}}, counts = tokens;
  for (size_t i = 0; i < inputs.texts.size(); ++i) {
    tokens.values.push_back(static_cast<double>(statistics.losses[i].tokens));
    counts.values.push_back(static_cast<double>(statistics.layers.front().query[i].tokens));
    file.strings["text"].push_back(inputs.texts[i].name);
    file.strings["text_sha256"].push_back(inputs.texts[i].sha256);
  }
  file.variables["n_tokens"] = std::move(tokens);
  file.variables["per_text/query_count"] = std::move(counts);
}

/// Correlation over heads and frequencies between the queries' usage in even and in odd texts; NaN
/// for one text.
at::Tensor split_half(const Statistics& statistics, Averaging averaging) {
  std::vector<double> found;
  for (const auto& layer : statistics.layers) {
    std::vector<UsageSums> halves[2];
    for (size_t i = 0; i < layer.query.size(); ++i) halves[i % 2].push_back(layer.query[i]);
    if (halves[1].empty()) {
      found.push_back(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    const auto centred = [&](const std::vector<UsageSums>& texts) {
      const auto norms = mean_norm(texts, averaging).flatten();
      return norms - norms.mean();
    };
    const auto a = centred(halves[0]), b = centred(halves[1]);
    found.push_back((a.dot(b) / (a.norm() * b.norm())).item<double>());
  }
  return at::tensor(found, at::kDouble);
}

}  // namespace

void add_usage(ProbeFile& file,
               const Decoder& model,
               const Inputs& inputs,
               const Statistics& statistics,
               Averaging averaging) {
  add_frequencies(file, model);
  add_texts(file, inputs, statistics);
  SideWriter query(file, statistics, &LayerStatistics::query, averaging);
  SideWriter key(file, statistics, &LayerStatistics::key, averaging);
  query.write();
  key.write();
  if (has_frequencies(model.config()))
    file.variables["metrics/split_half"] = to_array({"layer"}, split_half(statistics, averaging));
  file.variables["usage_product"] =
      to_array({"layer", "frequency"}, (query.mean() * key.mean()).sqrt());
}

}  // namespace ww
