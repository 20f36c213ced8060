// pope.hpp: content sets only magnitudes, position only phases (arXiv 2509.10534, Eq. 3, 6-10).
//
//   score(t, s) = sum_c mu_q[t,c] mu_k[s,c] cos((s - t) theta_c + delta_c)
//   mu = softplus(x),   theta_c = base^(-c/D) for c = 0 .. D-1,   delta_c in [-2 pi, 0], learned
//
// The paper prints theta's exponent without the minus; as in RoPE, frequency 0 is the highest.
// magnitude relu or identity and delta off are the ablations of its Table 5. A frequency table of
// F < D frequencies leaves the last D - F features as they are: no magnitude, no turn.
#pragma once

#include "models/encoding.hpp"

namespace ww {

class Pope final : public Encoding {
 public:
  /// delta [Hk, F], rad, or undefined for none. Throws InputError unless base is above 1, a table
  /// in the setting has at most D frequencies, and the options are known words.
  Pope(const EncodingSetting& setting, at::Tensor delta);
  /// x [B, H, T, D] -> [B, H, T, 2F + D - F]: cosines, sines (Eq. 7-8), what never turns.
  at::Tensor query(const at::Tensor& x, const Turn& turn) const override;
  /// The same with delta added to the phase (Eq. 9-10): query . key is the score above.
  at::Tensor key(const at::Tensor& x, const Turn& turn) const override;
  at::Tensor theta() const override { return theta_; }
  bool polar() const override { return true; }
  LearnedPhase learned_phase() const override;
  std::optional<Rotation> rotation() const override;
  Chunks query_chunks(const at::Tensor& x) const override;
  Chunks key_chunks(const at::Tensor& x) const override;

 private:
  at::Tensor magnitude(const at::Tensor& x) const;  // [.., F]
  at::Tensor tail(const at::Tensor& x) const;       // [.., D - F]; undefined where F = D
  at::Tensor turned(const at::Tensor& x, const at::Tensor& cosine, const at::Tensor& sine) const;
  at::Tensor phase() const { return key_phase().unsqueeze(1); }  // [Hk, 1, F], rad

  int64_t width_;  // D
  const struct MagnitudeRow* magnitude_;
  at::Tensor theta_;  // [F], rad/token, float64: rounding it would move far positions
  at::Tensor delta_;  // [Hk, F], rad, or undefined
};

std::vector<ParameterSpec> pope_parameters(const EncodingSetting& setting);
std::unique_ptr<Encoding> make_pope(const EncodingSetting& setting, const ParameterLookup& lookup);

}  // namespace ww
