// pickle.hpp: the part of Python's pickle that PyTorch checkpoints are written in, read without
// running any code: a stack machine that knows dictionaries, lists, numbers, texts and tensors. Any
// other object is passed over: it is never looked up, built or called.
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

struct Pickled {
  std::vector<std::pair<std::string, PickledTensor>> tensors;  // by name
  std::vector<std::string> skipped;  // what was passed over: "argparse.Namespace", each once
};

/// Every tensor in the dictionaries that make up a state dict. It is the whole pickle, or stands in
/// it under one of the usual names (`model`, `state_dict`, `model_state_dict`, ..) or as the only
/// dictionary of tensors. Throws InputError, beginning with `where`, for anything that is no such
/// pickle.
Pickled read_pickle(std::span<const std::byte> bytes, const std::string& where);

}  // namespace ww
