// pickle.hpp: the part of Python's pickle that PyTorch checkpoints are written in, read without
// running any code: a stack machine that knows dictionaries, lists, numbers, texts and tensors, and
// refuses to look up anything else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace ww {

/// A tensor as it was pickled: a view into a storage.
struct PickledTensor {
  std::string type;                  // "F32"
  std::string key;                   // of the storage: its bytes are the member <name>/data/<key>
  int64_t elements = 0, offset = 0;  // of the storage; of the view's first element
  std::vector<int64_t> shape, stride;
};

/// Every tensor in the dictionaries that make up a state dict, by name. A checkpoint that holds its
/// state dict under `model`, `state_dict` or `module` is descended into. Throws InputError,
/// beginning with `where`, for anything that is no such pickle.
std::vector<std::pair<std::string, PickledTensor>> pickled_tensors(std::span<const std::byte> bytes,
                                                                   const std::string& where);

}  // namespace ww
