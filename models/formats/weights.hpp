// weights.hpp: tensors as they lie in a file: a name, a type, a shape and bytes that stay mapped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "models/config.hpp"

namespace ww {

enum class Dtype { f32, f16, bf16, f64, i64, i32, other };
const char* dtype_name(Dtype dtype);  // "F32", ..
Dtype dtype_of(const std::string& name);
/// Bytes of one element, 0 for names that are not in the list above.
uint64_t type_width(const std::string& name);

/// Row-major (C order), little-endian. `type_name` is the file's own word for the type.
struct TensorView {
  Dtype dtype = Dtype::other;
  std::string type_name;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;
};

/// A mapped file and the tensors in it by the file's own names.
struct WeightFile {
  std::shared_ptr<MappedFile> file;  // keeps the views valid
  std::map<std::string, TensorView> tensors;
  nlohmann::json metadata;  // what the file says beside the tensors
};

/// The values widened to float. Throws InputError unless the type is f32, f16, bf16 or f64.
std::vector<float> widen(const std::string& name, const TensorView& view);

/// The same, refusing NaN and infinities by the names of file and tensor.
std::vector<float> finite_values(const std::string& where,
                                 const std::string& name,
                                 const TensorView& view);

/// A public checkpoint in our terms. Each of our parameters is a stack, by rows, of file tensors.
struct SourceModel {
  std::string format;  // "llama2.c", "gguf"
  ModelConfig config;
  WeightFile weights;
  std::map<std::string, std::vector<std::string>> stacks;  // our name -> the file's names, in order
};

}  // namespace ww
