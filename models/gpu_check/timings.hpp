// timings.hpp: attention's time beside LibTorch's best, in one run.
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace ww {

/// A row for each kind, shape and direction: milliseconds of the kernel and of each of LibTorch's
/// own ways (its queries and keys turned by operators first, gradients by autograd), median, least
/// and most of `rounds` interleaved rounds, or why one cannot do it.
void time_attention(nlohmann::json& rows, int rounds);

}  // namespace ww
