#include "probes/usage_file.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>

#include <numbers>
#include <numeric>

namespace ww {

namespace {

Array to_array(std::vector<std::string> dims, const at::Tensor& values) {
  const auto host = values.to(at::kCPU, at::kDouble).contiguous();
  const auto* const data = host.const_data_ptr<double>();
  std::vector<size_t> shape(host.sizes().begin(), host.sizes().end());
  return {std::move(dims), std::move(shape), {data, data + host.numel()}};
}

Array counted(const std::string& dim, int64_t count) {
  std::vector<double> values(static_cast<size_t>(count));
  std::iota(values.begin(), values.end(), 0.0);
  return {{dim}, {values.size()}, std::move(values)};
}

/// The sums of one layer and side, a text each.
using Side = std::vector<UsageSums> TextCapture::*;

std::vector<UsageSums> layer_sums(const Capture& capture, Side side, size_t layer) {
  std::vector<UsageSums> sums;
  for (const auto& text : capture.texts) sums.push_back((text.*side)[layer]);
  return sums;
}

/// Sum over texts of one field, [H, F].
at::Tensor total(const std::vector<UsageSums>& texts, at::Tensor UsageSums::*field) {
  at::Tensor sum;
  for (const auto& text : texts) sum = sum.defined() ? sum + text.*field : text.*field;
  return sum;
}

/// One side's statistics, a tensor per layer of each variable.
class SideWriter {
 public:
  SideWriter(ProbeFile& file, const Capture& capture, Side side, Averaging averaging)
      : file_(file), side_name_(side == &TextCapture::query ? "query" : "key") {
    for (size_t l = 0; l < capture.logit_errors.size(); ++l) add_layer(capture, side, l, averaging);
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

  void add_layer(const Capture& capture, Side side, size_t layer, Averaging averaging) {
    const auto texts = layer_sums(capture, side, layer);
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
  file.variables["pe_enabled"] = to_array({"layer"}, at::full({L}, 1.0));
  file.variables["window"] = to_array({"layer"}, at::full({L}, 0.0));
  if (!phase.empty()) {
    file.variables["per_head/pope_delta"] =
        to_array({"layer", "kv_head", "frequency"}, at::stack(phase));
  }
  file.variables["layer"] = counted("layer", L);
  file.variables["head"] = counted("head", model.config().heads);
  file.variables["kv_head"] = counted("kv_head", model.config().key_heads);
  file.variables["frequency"] = counted("frequency", table.size(1));
}

void add_texts(ProbeFile& file, const Inputs& inputs, const Capture& capture) {
  Array tokens{{"text"}, {capture.texts.size()}, {}}, loss = tokens, counts = tokens;
  for (const auto& text : capture.texts) {
    tokens.values.push_back(static_cast<double>(text.tokens));
    loss.values.push_back(text.loss);
    counts.values.push_back(static_cast<double>(text.query.front().tokens));
  }
  file.variables["n_tokens"] = std::move(tokens);
  file.variables["loss"] = std::move(loss);
  file.variables["per_text/query_count"] = std::move(counts);
  for (const auto& text : inputs.texts) {
    file.strings["text"].push_back(text.name);
    file.strings["text_sha256"].push_back(text.sha256);
  }
}

}  // namespace

void add_usage(ProbeFile& file,
               const Decoder& model,
               const Inputs& inputs,
               const Capture& capture,
               Averaging averaging) {
  add_frequencies(file, model);
  add_texts(file, inputs, capture);
  SideWriter query(file, capture, &TextCapture::query, averaging);
  SideWriter key(file, capture, &TextCapture::key, averaging);
  query.write();
  key.write();
  file.variables["usage_product"] =
      to_array({"layer", "frequency"}, (query.mean() * key.mean()).sqrt());
}

}  // namespace ww
