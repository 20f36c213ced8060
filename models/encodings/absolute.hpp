// absolute.hpp: a vector for each position, added to the token's embedding.
//
//   learned     a table [max_length, C] (Gehring et al., arXiv 1705.03122, section 3.1)
//   sinusoidal  sin(p w_c) in feature 2c, cos(p w_c) in 2c + 1, w_c = base^(-2c/C)
//               (Vaswani et al., arXiv 1706.03762, section 3.5)
#pragma once

#include "models/encoding.hpp"

namespace ww {

std::vector<ParameterSpec> learned_parameters(const EncodingOptions& options, int64_t C);
/// Throws InputError where a position lies beyond the table.
at::Tensor learned_embedding(const EncodingOptions& options,
                             int64_t C,
                             const at::Tensor& positions,
                             const ParameterLookup& lookup);

std::vector<ParameterSpec> sinusoidal_parameters(const EncodingOptions& options, int64_t C);
at::Tensor sinusoidal_embedding(const EncodingOptions& options,
                                int64_t C,
                                const at::Tensor& positions,
                                const ParameterLookup& lookup);

}  // namespace ww
