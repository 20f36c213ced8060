#include "probes/metrics/offsets.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/imag.h>
#include <ATen/ops/quantile.h>
#include <ATen/ops/real.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/view_as_real.h>
#include <ATen/ops/where.h>
#include <ATen/ops/xlogy.h>

#include <numbers>

#include "probes/arrays.hpp"
#include "probes/metrics/by_layer.hpp"

namespace ww {

namespace {

constexpr double kTurn = 2 * std::numbers::pi;

/// Products g = conj(zq) zk of sampled queries with sampled keys of other tokens: [H, N, F]. The
/// key is half the samples away, and queries and keys are sampled at different tokens.
at::Tensor paired(const LayerStatistics& layer) {
  const auto query = layer.query_samples.to(at::kComplexDouble),
             key = layer.key_samples.to(at::kComplexDouble);
  const auto N = std::min(query.size(1), key.size(1));
  const auto away = key.narrow(1, 0, N).roll(N / 2, 1);
  return query.narrow(1, 0, N).conj() * for_queries(away, query.size(0));
}

/// (Re, Im) of each as two features, [.., 2F].
at::Tensor parts(const at::Tensor& g) { return at::view_as_real(g.resolve_conj()).flatten(-2); }

/// cos and sin of frequency x offset, [2F, L]: parts of g times it are a head's scores.
at::Tensor curves(const at::Tensor& theta, const at::Tensor& offsets) {
  const auto angle = offsets.to(at::kDouble) * theta.unsqueeze(-1);  // [F, L], rad
  return at::stack({angle.cos(), angle.sin()}, 1).flatten(0, 1);
}

/// Participation ratio of the squared singular values of X V: they are the eigenvalues of
/// (X' X) (V V').
at::Tensor effective_rank(const at::Tensor& x, const at::Tensor& v) {
  const auto inner = x.mT().matmul(x);
  const auto product = inner.matmul(v.matmul(v.mT()));  // [H, 2F, 2F]
  const auto trace = product.diagonal(0, 1, 2).sum(-1);
  const auto square = (product * product.mT()).sum({1, 2});  // trace of the product's square
  return trace * trace / square;
}

struct PairFacts {
  at::Tensor median, range, entropy, rank;  // [H]
  at::Tensor negativity;                    // [H, F]
};

at::Tensor entropy_of(const at::Tensor& offsets) {
  std::vector<double> values;
  for (int64_t h = 0; h < offsets.size(0); ++h) {
    const auto counts = at::bincount(offsets[h]).to(at::kDouble);
    const auto p = counts / counts.sum();
    values.push_back(-at::xlogy(p, p).sum().item<double>());
  }
  return at::tensor(values, at::kDouble);
}

PairFacts facts_of(const MetricInput& input, int64_t l) {
  const auto g = paired(input.statistics.layers[static_cast<size_t>(l)]);
  const auto x = parts(g);
  const auto& theta = input.model.encoding(l).theta();
  const auto v = curves(theta, at::arange(input.statistics.longest));
  const auto best = x.matmul(v).argmax(-1);  // [H, N]
  const auto quartiles =
      at::quantile(best.to(at::kDouble), at::tensor({0.25, 0.5, 0.75}, at::kDouble), int64_t{1});
  const auto mean = mean_products(input, l).unsqueeze(1);
  const auto against = at::real(g * mean.conj()) < 0;
  const auto size = g.abs();
  return {quartiles[1],
          quartiles[2] - quartiles[0],
          entropy_of(best),
          effective_rank(x, v),
          (size * against).sum(1) / size.sum(1)};
}

void write_pairs(const MetricInput& input, ProbeFile& file) {
  std::vector<PairFacts> layers;
  for (int64_t l = 0; l < input.model.config().layers; ++l) layers.push_back(facts_of(input, l));
  const auto put = [&](const char* name, std::vector<std::string> dims, at::Tensor PairFacts::*of) {
    file.variables[name] = to_array(
        std::move(dims), by_layer(input, [&](int64_t l) { return layers[size_t(l)].*of; }));
  };
  put("metrics/offset_median", {"layer", "head"}, &PairFacts::median);
  put("metrics/offset_iqr", {"layer", "head"}, &PairFacts::range);
  put("metrics/offset_entropy", {"layer", "head"}, &PairFacts::entropy);
  put("metrics/effective_rank", {"layer", "head"}, &PairFacts::rank);
  put("metrics/negativity", {"layer", "head", "frequency"}, &PairFacts::negativity);
}

/// So many of the samples, evenly spaced.
at::Tensor thinned(const at::Tensor& samples, int64_t most) {
  const auto all = samples.size(1), count = std::min(all, most);
  const auto picked = at::arange(count, at::kLong).mul(all).floor_divide(count);
  return samples.index_select(1, picked);
}

void write_samples(const MetricInput& input, ProbeFile& file) {
  const auto put = [&](const std::string& name, const char* head, at::Tensor LayerStatistics::*of) {
    std::vector<at::Tensor> real, imaginary;
    for (const auto& layer : input.statistics.layers) {
      const auto samples = thinned(layer.*of, input.samples);
      real.push_back(at::real(samples).mT());
      imaginary.push_back(at::imag(samples).mT());
    }
    const std::vector<std::string> dims = {"layer", head, "frequency", "sample"};
    file.variables["samples/" + name + "_re"] = to_array(dims, real);
    file.variables["samples/" + name + "_im"] = to_array(dims, imaginary);
    file.variables["sample"] = counted("sample", real.front().size(-1));
  };
  put("query", "head", &LayerStatistics::query_samples);
  put("key", "kv_head", &LayerStatistics::key_samples);
}

}  // namespace

void write_offsets(const MetricInput& input, ProbeFile& file) {
  const std::vector<std::string> lhf = {"layer", "head", "frequency"};
  const auto theta = frequencies(input.model).unsqueeze(1);  // [L, 1, F]
  const auto g = by_layer(input, [&](int64_t l) { return mean_products(input, l); });
  const auto R = by_layer(input, [&](int64_t l) { return resultants(input, l); }).clamp(0, 1);
  const auto turning = [&](const at::Tensor& offset) {
    return at::where(theta == 0, at::full_like(offset, kNone), offset);
  };
  file.variables["metrics/preferred_offset"] =
      to_array(lhf, turning(g.angle().remainder(kTurn) / theta));
  file.variables["metrics/offset_spread"] = to_array(lhf, turning((R.log() * -2).sqrt() / theta));
  const auto lags = curve_lags(input.statistics.longest);
  const auto kernel = by_layer(input, [&](int64_t l) {
    const auto rule = pairing_rule(input.model, l);
    const double kappa = rule.scale * rule.factor * rule.factor;
    return parts(mean_products(input, l)).matmul(curves(rule.theta, at::tensor(lags))) * kappa;
  });
  file.variables["metrics/kernel"] = to_array({"layer", "head", "lag"}, kernel);
  file.variables["lag"] = coordinate("lag", lags);
  write_pairs(input, file);
  write_samples(input, file);
}

}  // namespace ww
