// t5.hpp: a learned score bias for each head and each bucket of distance (Raffel et al., arXiv
// 1910.10683, section 2.1), in its causal form.
//
//   bucket(d) = d                                                      for d < N/2
//             = min(N - 1, N/2 + floor(N/2 ln(2d/N) / ln(2M/N)))       beyond;   N buckets, M
//             distance
//
// T5 shares one table among its layers; here each layer has its own, as every other encoding's
// parameters do.
#pragma once

#include "models/encoding.hpp"

namespace ww {

class T5 final : public Encoding {
 public:
  /// table [H, buckets], added to the scaled scores.
  T5(const EncodingSetting& setting, at::Tensor table);
  at::Tensor bias(const at::Tensor& positions) const override;

 private:
  int64_t buckets_, max_distance_;
  at::Tensor table_;
};

/// The bucket of distance d >= 0, tokens.
int64_t t5_bucket(int64_t d, int64_t buckets, int64_t max_distance);

std::vector<ParameterSpec> t5_parameters(const EncodingSetting& setting);
std::unique_ptr<Encoding> make_t5(const EncodingSetting& setting, const ParameterLookup& lookup);

}  // namespace ww
