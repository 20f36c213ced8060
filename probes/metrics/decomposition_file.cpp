#include "probes/metrics/decomposition_file.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include "probes/arrays.hpp"
#include "probes/metrics/by_layer.hpp"

namespace ww {

namespace {

struct LayerMoments {
  ChunkMoments query, key;
};

LayerMoments moments_of(const Encoding& encoding, const Moments& query, const Moments& key) {
  return {chunk_moments(query, encoding, false), chunk_moments(key, encoding, true)};
}

LayerMoments moments_of(const MetricInput& input, int64_t l) {
  const auto& layer = input.statistics.layers[static_cast<size_t>(l)];
  return moments_of(
      input.model.encoding(l), layer.query_moments.total(), layer.key_moments.total());
}

/// b of offsets 0 .. range - 1: [H, range], float64; undefined where nothing is added. From queries
/// at these offsets to a key at position 0, a few hundred at a time.
at::Tensor bias_by_offset(const Encoding& encoding, int64_t range) {
  constexpr int64_t kAtOnce = 256;
  std::vector<at::Tensor> parts;
  for (int64_t first = 0; first < range; first += kAtOnce) {
    const auto offsets = at::arange(first, std::min(range, first + kAtOnce));
    const auto bias = encoding.bias(at::cat({at::zeros({1}, at::kLong), offsets}));
    if (!bias.defined()) return {};
    parts.push_back(bias.detach().select(-1, 0).narrow(-1, 1, offsets.numel()));
  }
  return at::cat(parts, -1).to(at::kCPU, at::kDouble);
}

PairingRule rule_of(const MetricInput& input, int64_t l) {
  auto rule = pairing_rule(input.model, l);
  rule.bias = bias_by_offset(input.model.encoding(l), input.statistics.longest);
  return rule;
}

/// Ratio of sums over heads.
double layer_share(const Decomposition& d) {
  return (d.quadrature.sum() / d.total().sum()).item<double>();
}

/// Jackknife over blocks of texts; NaN for one.
double share_error(const MetricInput& input,
                   int64_t l,
                   const PairingRule& rule,
                   const Curves& curves) {
  const auto& layer = input.statistics.layers[static_cast<size_t>(l)];
  const auto &query = layer.query_moments, &key = layer.key_moments;
  std::vector<double> shares;
  for (int64_t block = 0; block < query.blocks(); ++block) {
    const auto m = moments_of(input.model.encoding(l), query.without(block), key.without(block));
    shares.push_back(layer_share(decompose(m.query, m.key, rule, curves)));
  }
  return jackknife_error(at::tensor(shares, at::kDouble)).item<double>();
}

/// 16, 64, 256, .. and the longest text.
std::vector<int64_t> offset_ranges(int64_t longest) {
  std::vector<int64_t> ranges;
  for (int64_t range = 16; range < longest; range *= 4) ranges.push_back(range);
  ranges.push_back(longest);
  return ranges;
}

/// By head of one layer, over one range of offsets.
std::map<std::string, at::Tensor> shares_of(const Decomposition& d) {
  const auto total = d.total();
  return {{"where", d.where / total},
          {"what", d.what / total},
          {"inphase", d.in_phase / total},
          {"quadrature", d.quadrature / total},
          {"cross", d.cross / total}};
}

/// What is said of each layer: the shares over every range, and of the longest more.
struct Headline {
  std::map<std::string, std::vector<at::Tensor>> shares;  // [L], each [O, H]
  std::vector<double> share, error;
  std::vector<at::Tensor> part, alone, positional;
};

void add_layer(Headline& all,
               const MetricInput& input,
               int64_t l,
               const std::vector<int64_t>& ranges) {
  const auto m = moments_of(input, l);
  const auto rule = rule_of(input, l);
  std::map<std::string, std::vector<at::Tensor>> shares;
  Curves curves;
  Decomposition d;
  for (const auto range : ranges) {
    curves = curves_over(rule.theta, range);
    d = decompose(m.query, m.key, rule, curves);
    for (const auto& [name, of_heads] : shares_of(d)) shares[name].push_back(of_heads);
  }
  for (const auto& [name, of_ranges] : shares) all.shares[name].push_back(at::stack(of_ranges));
  all.share.push_back(layer_share(d));
  all.error.push_back(share_error(input, l, rule, curves));
  all.part.push_back(d.quadrature_parts / d.total().unsqueeze(-1));
  all.alone.push_back(quadrature_alone(m.query, m.key, rule, curves));
  all.positional.push_back(d.quadrature / (d.total() - d.what));
}

}  // namespace

at::Tensor quadrature_shares(const MetricInput& input) {
  std::vector<double> shares;
  for (int64_t l = 0; l < input.model.config().layers; ++l) {
    const auto m = moments_of(input, l);
    const auto rule = rule_of(input, l);
    const auto curves = curves_over(rule.theta, input.statistics.longest);
    shares.push_back(layer_share(decompose(m.query, m.key, rule, curves)));
  }
  return at::tensor(shares, at::kDouble);
}

void write_decomposition(const MetricInput& input, ProbeFile& file) {
  const std::vector<std::string> lhf = {"layer", "head", "frequency"};
  const auto ranges = offset_ranges(input.statistics.longest);
  Headline all;
  for (int64_t l = 0; l < input.model.config().layers; ++l) add_layer(all, input, l, ranges);
  for (const auto& [name, layers] : all.shares) {
    file.variables["metrics/share_" + name] =
        to_array({"offset_range", "layer", "head"}, at::stack(layers, 1));
  }
  file.variables["offset_range"] = coordinate("offset_range", ranges);
  file.variables["quadrature_share"] = to_array({"layer"}, at::tensor(all.share, at::kDouble));
  file.variables["quadrature_share_se"] = to_array({"layer"}, at::tensor(all.error, at::kDouble));
  file.variables["metrics/quadrature_part"] = to_array(lhf, at::stack(all.part));
  file.variables["metrics/quadrature_alone"] = to_array(lhf, at::stack(all.alone));
  file.variables["metrics/quadrature_share_positional"] =
      to_array({"layer", "head"}, at::stack(all.positional));
}

}  // namespace ww
