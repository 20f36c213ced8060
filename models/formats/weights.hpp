// weights.hpp: tensors as they lie in files: a name, a type, a shape and bytes that stay mapped,
// and how they fill the parameters of our decoder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "models/config.hpp"
#include "models/formats/rope_scaling.hpp"
#include "models/formats/stored_types.hpp"

namespace ww {

/// Row-major (C order), little-endian. A type that the table does not know has null `type`.
struct TensorView {
  std::string type_name;  // the file's own word
  const StoredType* type = nullptr;
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;
  std::string file;                  // where it lies, for refusals
  std::vector<int64_t> stride = {};  // elements, of each dimension; empty: row-major

  /// Rows of `row_width()` elements: all dimensions but the last; of a vector its elements.
  int64_t rows() const;
  int64_t row_width() const;  // 1 for vectors and scalars
};

/// Mapped files and the tensors in them by their own names.
struct WeightFile {
  std::vector<std::shared_ptr<MappedFile>> files;  // keep the views valid
  std::map<std::string, TensorView> tensors;
  nlohmann::json metadata;         // what the file says beside the tensors
  std::vector<std::string> notes;  // what a user should know: objects that were passed over
};

/// A view of a type the table knows. Throws InputError where bytes and shape disagree; `name` and
/// `file` are for the sentence.
TensorView make_view(const std::string& name,
                     const std::string& type,
                     std::vector<int64_t> shape,
                     std::span<const std::byte> bytes,
                     const std::string& file);

/// Whether two tensors have one type, shape and layout, and the same bytes.
bool same_tensor(const TensorView& a, const TensorView& b);

/// Rows first .. first + count - 1 of a tensor as floats into out. Throws InputError, naming file
/// and tensor, for a type that can't be widened and for values that are not finite.
void widen_rows(
    const std::string& name, const TensorView& view, int64_t first, int64_t count, float* out);
/// The whole tensor.
std::vector<float> widen(const std::string& name, const TensorView& view);

/// Part of one of our parameters: rows of a file's tensor. Of every `group` rows the `count` from
/// `offset` on (group 0: all rows), or with `transposed` its columns.
struct StackPiece {
  std::string tensor;
  int64_t group = 0, offset = 0, count = 0;
  bool transposed = false;
  float add = 0;  // to every value (Gemma's norms are stored minus 1)
};
/// The pieces of one parameter, below each other.
using Stack = std::vector<StackPiece>;

/// A public checkpoint in our terms.
struct SourceModel {
  std::string format{};                        // "llama2.c", "gguf", "safetensors", "pytorch"
  std::string family{};                        // "llama", "gpt_neox"
  std::vector<std::filesystem::path> paths{};  // the files that hold the weights
  ModelConfig config{};                        // its tables are made from `ropes`, once it is
  std::vector<RopeScaling> ropes{};            // known how long the texts are
  WeightFile weights{};
  std::map<std::string, Stack> stacks{};  // our name -> how the file fills it
  std::vector<std::string> notes{};       // what a user should know: "weights are quantised (Q4_K)"
  std::string headless{};                 // why there is no head: a sentence; empty: there is one
};

}  // namespace ww
