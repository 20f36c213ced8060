// turning.hpp: what a caller in Python says of a position encoding, in the words of the kernels.
#pragma once

#include <c10/util/string_view.h>

#include <string_view>

#include "ops/call.hpp"

namespace ww::ops {

/// As the operator's arguments; what is not given is empty. theta and positions may lie on the CPU
/// whatever the device of the rest.
struct Asked {
  std::optional<at::Tensor> theta;      // [F], rad/token, float64: rope F <= D / 2, pope F = D
  std::optional<at::Tensor> delta;      // [Hk, D], rad, pope
  std::optional<at::Tensor> positions;  // [T] or [B, T]; 0, 1, 2, .. where empty
  std::string_view encoding;            // rope, pope, nope
  std::optional<std::string_view> layout, magnitude;  // of rope and of pope
  bool causal;
  std::optional<double> scale;  // 1 / sqrt(D) where empty
};

/// Angles are formed in float64, where key is, and reduced before they are rounded. Throws
/// c10::Error with a sentence for words and tensors that don't fit a key [B, Hk, T, D].
Turning turning_of(const Asked& asked, const at::Tensor& key);

/// Queries or keys [.., D] as `asked`, which made `turning`, pairs them, so that pair c of D / 2 is
/// c and c + D / 2 or two neighbours: a copy where fewer than D / 2 pairs (c, c + F) turn, else x.
/// Scores stay as they are.
at::Tensor in_pairs(const at::Tensor& x, const Asked& asked, const Turning& turning);

}  // namespace ww::ops
