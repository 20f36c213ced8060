// alibi.hpp: a linear distance bias on the scores (Press et al., arXiv 2108.12409, section 3).
//
//   bias_h(t, s) = -m_h (t - s),   m_h = 2^(-8 (h + 1) / n)   for n heads, n a power of two
//
// For other n the slopes of the next lower power of two come first, then every second one of the
// next higher, as the authors do. alibi_heads is the share of heads, the first ones, that have a
// bias; n counts those alone (half of them is a row of arXiv 2509.10534, Table 9).
#pragma once

#include "models/encoding.hpp"

namespace ww {

class Alibi final : public Encoding {
 public:
  /// Throws InputError unless the share of heads is above 0 and at most 1.
  explicit Alibi(const EncodingSetting& setting);
  at::Tensor bias(const at::Tensor& positions) const override;

 private:
  at::Tensor slope_;  // [H, 1, 1]
};

std::vector<ParameterSpec> alibi_parameters(const EncodingSetting& setting);
std::unique_ptr<Encoding> make_alibi(const EncodingSetting& setting, const ParameterLookup&);

}  // namespace ww
