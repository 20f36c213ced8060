// lookup.hpp: rows of a table by their numbers.
#pragma once

#include <ATen/core/Tensor.h>

namespace ww {

/// table [N, C], ids [..], int64 -> [.., C]: at::embedding, but for its gradient. On a GPU that
/// one waits for the device beyond 3072 ids, and races from 1025 on (pytorch#82886, #187687).
inline at::Tensor look_up(const at::Tensor& table, const at::Tensor& ids) {
  auto sizes = ids.sizes().vec();
  sizes.push_back(table.size(1));
  return table.index_select(0, ids.flatten()).view(sizes);
}

}  // namespace ww
