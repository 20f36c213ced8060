// test_constant_parts.cpp: large constant parts of queries and keys, as biases give them, cost no
// metric its places.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "probes/exact_rows.hpp"
#include "probes/metrics.hpp"
#include "tests/catch.hpp"
#include "tests/close.hpp"
#include "tests/metric_inputs.hpp"

using namespace ww;
using namespace ww::test;

namespace {

at::Tensor normals(uint64_t stream, at::IntArrayRef shape) {
  auto x = at::empty(shape, at::kDouble);
  auto* const value = x.mutable_data_ptr<double>();
  for (int64_t i = 0; i < x.numel(); ++i) value[i] = normal_at(11, stream, uint64_t(i));
  return x;
}

/// Queries and keys of every text and layer with constants added, float32 as a model captures them.
class Shifted final : public Visitor {
 public:
  explicit Shifted(double deviations) : deviations_(deviations) {}
  void see(const AttentionView& view) override {
    auto shifted = view;
    shifted.q = with_constant(view.q, 2 * uint64_t(view.layer));
    shifted.k = with_constant(view.k, 2 * uint64_t(view.layer) + 1);
    views.push_back(shifted);
  }
  std::vector<AttentionView> views;

 private:
  at::Tensor with_constant(const at::Tensor& x, uint64_t stream) const {
    const auto constant = normals(stream, {x.size(0), 1, x.size(2)}) * x.std().item<double>();
    return (x.to(at::kDouble) + constant * deviations_).to(at::kFloat);
  }
  double deviations_;
};

/// Sums over rows from every chunk's part of every score, formed and centred one by one.
void add_pairwise(PatternSums& sums, const AttentionView& view) {
  const auto q = view.encoding->query_chunks(view.q), k = view.encoding->key_chunks(view.k);
  const auto H = view.q.size(0), T = view.q.size(1), served = H / view.k.size(0);
  const auto z = [](const Chunks& c) {
    return at::complex(c.real.contiguous(), c.imaginary.contiguous());
  };
  const auto t = at::arange(T, at::kDouble);
  const auto angle = (t.unsqueeze(1) - t).unsqueeze(-1) * view.encoding->theta();
  const auto g = z(q).conj().unsqueeze(2) * z(k).repeat_interleave(served, 0).unsqueeze(1);
  const auto parts = at::real(g * at::polar(at::ones_like(angle), -angle)) * view.rule.scale;
  auto rest = at::zeros({H, T, T}, at::kDouble);
  if (q.tail.defined()) {
    rest = q.tail.matmul(k.tail.repeat_interleave(served, 0).mT()) * view.rule.scale;
  }
  const auto a = parts.sum(-1) + rest;  // [H, T, T]
  for (int64_t row = 1; row < T; ++row) {
    const auto n = row + 1;
    const auto of = [&](const at::Tensor& x) { return x.select(1, row).narrow(1, 0, n); };
    const auto chunk = of(parts), score = of(a), p = of(a).softmax(-1);  // [H, n, F], [H, n]
    const auto off = score - score.mean(-1, true);
    const auto centred = chunk - chunk.mean(1, true);
    const auto under = chunk - (p.unsqueeze(-1) * chunk).sum(1, true);
    const auto add = [](at::Tensor& sum, const at::Tensor& x) {
      sum = sum.defined() ? sum + x : x;
    };
    add(sums.covariance, (centred * off.unsqueeze(-1)).mean(1));
    add(sums.covariance_rest, ((of(rest) - of(rest).mean(-1, true)) * off).mean(-1));
    add(sums.variance, (off * off).mean(-1));
    add(sums.fisher, (p.unsqueeze(-1) * under * under).sum(1) / 2);
    add(sums.sink, p.select(1, 0));
    add(sums.entropy, -at::xlogy(p, p).sum(-1) / std::log(double(n)));
    auto slash = at::zeros({H, int64_t(sums.lags.size())}, at::kDouble);
    for (size_t i = 0; i < sums.lags.size() && sums.lags[i] <= row; ++i) {
      slash.select(1, int64_t(i)).copy_(p.select(1, row - sums.lags[i]));
      ++sums.rows_of_lag[i];
    }
    add(sums.slash, slash);
  }
  sums.rows += T - 1;
  sums.pattern_rows += T - 1;
}

at::Tensor samples_of(const AttentionView& view, const at::Tensor& x, Side side) {
  const auto z = chunks_of(*view.encoding, x, side);
  return at::complex(z.real.contiguous(), z.imaginary.contiguous());
}

/// What a pass collects of these views; with `pairwise` scores by their definitions.
Statistics statistics_of(const std::vector<AttentionView>& views, int64_t layers, bool pairwise) {
  Statistics all;
  all.longest = 52;
  all.layers.resize(size_t(layers));
  all.losses.resize(4);
  for (const auto& view : views) {
    auto& layer = all.layers[size_t(view.layer)];
    const auto& e = *view.encoding;
    if (layer.query.empty()) {
      layer.query.resize(4);
      layer.key.resize(4);
      layer.pattern.lags = curve_lags(all.longest);
      layer.pattern.rows_of_lag.assign(layer.pattern.lags.size(), 0);
    }
    add_window(layer.query[size_t(view.text)], e, view.q, Side::query, false);
    add_window(layer.key[size_t(view.text)], e, view.k, Side::key, false);
    add_spectrum(layer.query_spectrum, e.query_chunks(view.q.to(at::kDouble)), 1);
    add_spectrum(layer.key_spectrum, e.key_chunks(view.k.to(at::kDouble)), 1);
    layer.query_moments.add(view.text, features_of(e, view.q, 1), 1);
    layer.key_moments.add(view.text, features_of(e, view.k, 1), 1);
    layer.query_samples = samples_of(view, view.q, Side::query);
    layer.key_samples = samples_of(view, view.k, Side::key);
    const auto T = view.q.size(1);
    const auto none = at::zeros({view.q.size(0), T, T});
    if (pairwise) add_pairwise(layer.pattern, view);
    if (!pairwise) add_rows(layer.pattern, view, {0, none, none}, 1);
  }
  return all;
}

std::vector<AttentionView> widened_views(std::vector<AttentionView> views) {
  for (auto& view : views) {
    view.q = view.q.to(at::kDouble);
    view.k = view.k.to(at::kDouble);
  }
  return views;
}

ProbeFile metrics_of(const Decoder& model, const Statistics& statistics) {
  const auto inputs = some_texts();
  const MetricInput input{model, inputs, statistics, Averaging::micro, 30};
  ProbeFile file;
  for (const auto& row : chosen_metrics({"all"}, scope_of(model))) {
    if (row.needs != kRuns && row.needs != kLosses) row.write(input, file);
  }
  return file;
}

double largest(const std::vector<double>& values) {
  double most = 0;
  for (const auto v : values) most = std::max(most, std::isfinite(v) ? std::abs(v) : 0);
  return most;
}

void check_same(const ProbeFile& ours, const ProbeFile& exact) {
  REQUIRE(ours.variables.size() == exact.variables.size());
  for (const auto& [name, array] : exact.variables) {
    INFO(name);
    const auto& values = ours.variables.at(name).values;
    const bool share = name.find("share") != std::string::npos ||
                       name.find("quadrature") != std::string::npos;  // of a whole that is 1
    const double limit = 1e-6 * (share ? 1 : largest(array.values));
    for (size_t i = 0; i < array.values.size(); ++i) {
      const double exactly = array.values[i];
      if (std::isnan(values[i]) && std::isnan(exactly)) continue;
      if (std::abs(values[i] - exactly) <= limit) continue;
      FAIL(i << ": " << values[i] << ", exactly " << exactly);
    }
  }
}

}  // namespace

TEST_CASE("Constants of up to 10,000 deviations in queries and keys leave every metric exact",
          "[metrics][constants]") {
  const auto encoding = GENERATE("rope", "rope_half", "p_rope", "pope", "nope");
  const auto deviations = GENERATE(0.0, 10.0, 1e4);
  INFO(encoding << ", " << deviations << " deviations");
  const c10::NoGradGuard no_grad;
  const auto model = made(small_config(encoding));
  Shifted shifted(deviations);
  WalkOptions options;
  options.visitor = &shifted;
  walk(model, some_texts(), options);
  const auto exact = statistics_of(widened_views(shifted.views), 2, true);
  check_same(metrics_of(model, statistics_of(shifted.views, 2, false)), metrics_of(model, exact));
}

TEST_CASE("Moments of features beside a large constant keep their covariances",
          "[metrics][constants]") {
  const auto constant = normals(50, {2, 1, 5}) * 1e4;
  BlockedMoments blocked;
  std::vector<at::Tensor> others;
  for (int text = 0; text < 20; ++text) {
    const auto x = (normals(100 + uint64_t(text), {2, 40, 5}) + constant).to(at::kFloat);
    blocked.add(text, x, 1);
    if (text % 16 != 2) others.push_back(x.to(at::kDouble));
  }
  const auto left = blocked.without(2);
  const auto x = at::cat(others, 1), off = x - x.mean(1, true);
  const auto mean = left.first / left.weight;
  const auto covariance = left.second / left.weight - at::bmm(mean.unsqueeze(2), mean.unsqueeze(1));
  require_close(covariance, at::bmm(off.mT(), off) / double(x.size(1)), 1e-6);
}

TEST_CASE("A model whose biases dwarf its contents passes every metric's own check",
          "[metrics][constants]") {
  auto config = small_config();
  config.qkv_bias = true;
  auto model = made(config);
  const c10::NoGradGuard no_grad;
  for (const auto* const layer : {"blocks.0", "blocks.1"}) {
    auto bias = model.parameters().at(std::string(layer) + ".attn.qkv.bias");
    bias.copy_((normals(7, bias.sizes()) * 100).to(bias.options()));
  }
  const auto inputs = some_texts();
  const auto statistics = collect(model, inputs, everything());
  ProbeFile file;
  const MetricInput input{model, inputs, statistics, Averaging::micro, 30};
  for (const auto& [metric, why] : write_metrics(chosen_metrics({"all"}), input, file)) {
    FAIL_CHECK(metric << ": " << why);
  }
  CHECK(file.variables.contains("metrics/fisher"));
}

TEST_CASE("A metric that fails its own check is left out by name and the others are written",
          "[metrics][constants]") {
  const auto model = made(small_config());
  const auto inputs = some_texts();
  auto statistics = collect(model, inputs, everything());
  statistics.layers[1].pattern.covariance.mul_(1.5);
  const MetricInput input{model, inputs, statistics, Averaging::micro, 30};
  ProbeFile file;
  const auto left_out = write_metrics(chosen_metrics({"all"}), input, file);
  REQUIRE(left_out.size() == 1);
  CHECK(left_out[0].metric == "contribution");
  CHECK(left_out[0].why.find("layer 1") != std::string::npos);
  CHECK_FALSE(file.variables.contains("metrics/covariance_share"));
  CHECK_FALSE(file.variables.contains("metrics/fisher"));
  CHECK(file.variables.contains("metrics/sink_mass"));
  CHECK(file.variables.contains("quadrature_share"));
}

TEST_CASE("A file holds at most as many sampled chunks as are asked for", "[metrics]") {
  const auto model = made(small_config());
  const auto inputs = some_texts();
  const auto statistics = collect(model, inputs, everything());
  const auto tokens = statistics.layers[0].query_samples.size(1);
  REQUIRE(tokens == 120);
  for (const int64_t most : {5, 64, 512}) {
    MetricInput input{model, inputs, statistics, Averaging::micro, 30};
    if (most != kSamplesWritten) input.samples = most;
    ProbeFile file;
    write_metrics(chosen_metrics({"offsets"}), input, file);
    const auto count = size_t(std::min(most, tokens));
    CHECK(file.variables.at("sample").values.size() == count);
    CHECK(file.variables.at("samples/query_re").shape == std::vector<size_t>{2, 4, 4, count});
    CHECK(file.variables.at("samples/key_im").shape == std::vector<size_t>{2, 2, 4, count});
  }
}
