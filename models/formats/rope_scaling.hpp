// rope_scaling.hpp: the frequencies that a public checkpoint's configuration implies.
//
// With f_i = base^(-2i/r), L0 the original length, Lm the longest position, s the factor:
//
//   default       f_i                                                                   factor 1
//   linear        f_i / s
//   dynamic       f_i of base (s max(T, Lm) / Lm - (s - 1))^(r / (r - 2))    T the longest text
//   yarn          (1 - m) f_i + m f_i / s, m a ramp from lo to hi    (Peng et al., arXiv
//   2309.00071) longrope      f_i / e_i, e short or long as T <= L0 or not       (Ding et al.,
//   arXiv 2402.13753) llama3        (1 - m) f_i / s + m f_i, m a ramp in wavelengths proportional
//   base^(-2i/D) for the first share of D, 0 for the rest
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/config.hpp"

namespace ww {

struct RopeScaling {
  std::string type = "default";
  double base = 10000;
  int64_t head_width = 0;                // D
  int64_t width = 0;                     // r, features that turn; of proportional those that could
  double share = 1;                      // proportional: of the frequencies that turn
  std::optional<double> factor{};        // s
  double original_length = 0;            // L0
  double longest = 0;                    // Lm
  double beta_fast = 32, beta_slow = 1;  // yarn
  bool truncate = true;                  // yarn: ramp ends are whole
  std::optional<double> mscale{}, mscale_all{}, attention_factor{};
  double strength = 1;       // a GGUF file's own, times what the type gives
  double low = 1, high = 4;  // llama3
  std::vector<double> short_factors{}, long_factors{};  // longrope, [r/2]
  std::vector<double> divisors{};  // [r/2], what a GGUF file divides its frequencies by

  /// Whether the frequencies depend on how long the texts are.
  bool depends_on_text() const { return type == "dynamic" || type == "longrope"; }
};

/// `text_length` is the longest text of the run, tokens. Throws InputError, beginning with `where`,
/// for an unknown type, and for parameters that are missing or cannot be.
FrequencyTable frequency_table(const RopeScaling& rope,
                               int64_t text_length,
                               const std::string& where);

}  // namespace ww
