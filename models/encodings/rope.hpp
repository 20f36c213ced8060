// rope.hpp: pairs of features turned by an angle that grows with position (Su et al., arXiv
// 2104.09864, Eq. 34).
//
//   z_c = x_a + i x_b,   z_c -> z_c e^{i t theta_c},   theta_c = base^(-2c/r),   c = 0 .. r/2 - 1
//
// r = rotary_fraction D features turn, the others pass (the `half channels` row of arXiv
// 2509.10534, Table 9, is r = D/2). Pairs (a, b) are (c, c + r/2) in layout `half`, (2c, 2c + 1) in
// `adjacent`. keep_fraction < 1 sets the lowest frequencies to 0 (p-RoPE, arXiv 2410.06205, section
// 6).
#pragma once

#include "models/encoding.hpp"

namespace ww {

class Rope final : public Encoding {
 public:
  /// A frequency table in the setting stands for base and fractions; r is twice its length. Throws
  /// InputError unless r is even, positive and at most D, base above 1 and the options known words.
  explicit Rope(const EncodingSetting& setting);
  at::Tensor query(const at::Tensor& x, const Turn& turn) const override { return rotate(x, turn); }
  at::Tensor key(const at::Tensor& x, const Turn& turn) const override { return rotate(x, turn); }
  at::Tensor theta() const override { return theta_; }
  std::optional<Rotation> rotation() const override;
  double factor() const override { return factor_; }
  Chunks query_chunks(const at::Tensor& x) const override { return chunks(x); }
  Chunks key_chunks(const at::Tensor& x) const override { return chunks(x); }

 private:
  void use_table(const FrequencyTable& table, int64_t D);
  at::Tensor rotate(const at::Tensor& x, const Turn& turn) const;
  Chunks chunks(const at::Tensor& x) const;

  int64_t width_, rotary_width_;  // D, r
  bool adjacent_;
  double factor_ = 1;
  at::Tensor theta_;  // [r/2], rad/token, float64
};

/// One line of the table shows these for every variant of rope.
std::vector<ParameterSpec> rope_parameters(const EncodingSetting& setting);
std::unique_ptr<Encoding> make_rope(const EncodingSetting& setting, const ParameterLookup&);

}  // namespace ww
