// stored_types.hpp: the number formats of weight files, a line each, and how they become floats.
// A new one is a function and a line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace ww {

/// Blocks of `elements` numbers in `bytes` bytes each. `widen` is null for types that are known by
/// name and size but are never weights we read.
struct StoredType {
  const char* name;  // as safetensors and ggml call it: "BF16", "Q4_K"
  int64_t elements, bytes;
  void (*widen)(const std::byte* blocks, int64_t count, float* out);
};

/// Null where there is no such type.
const StoredType* find_stored_type(const std::string& name);
/// "F32, F16, ..": the types that can be widened.
std::string widened_types();

/// IEEE half precision, exactly.
float half_to_float(uint16_t half);

}  // namespace ww
