#include "models/formats/formats.hpp"

#include <fmt/ranges.h>

#include <set>

#include "base/check.hpp"
#include "models/formats/gguf.hpp"
#include "models/formats/llama2c.hpp"

namespace ww {

namespace {

/// A missing tensor, or one that nobody reads, means that the file was misunderstood.
void check_tensors(const SourceModel& source, const std::string& where) {
  std::set<std::string> used = {"cosine", "sine"};  // llama2.c's tables, checked by its reader
  for (const auto& [ours, theirs] : source.stacks) {
    for (const auto& name : theirs) {
      check(source.weights.tensors.contains(name),
            "{}: no tensor '{}'; is this a whole model?",
            where,
            name);
      used.insert(name);
    }
  }
  for (const auto& [name, view] : source.weights.tensors) {
    check(used.contains(name),
          "{}: nobody reads the tensor '{}'; the model has a part that is not supported",
          where,
          name);
  }
}

}  // namespace

const std::vector<FormatRow>& formats() {
  static const std::vector<FormatRow> table = {
      {"gguf", "GGUF v2 or v3, llama architecture, F32, F16 or BF16", is_gguf, read_gguf},
      {"llama2.c", "llama2.c .bin, version 0", is_llama2c, read_llama2c},
  };
  return table;
}

SourceModel read_source(const std::filesystem::path& path) {
  std::vector<std::string> known;
  for (const auto& row : formats()) {
    if (row.recognises(path)) {
      auto source = row.read(path);
      check_tensors(source, path.string());
      return source;
    }
    known.emplace_back(row.what);
  }
  refuse("{}: is of no format that this program reads: a run's folder, {}",
         path.string(),
         fmt::join(known, ", "));
}

}  // namespace ww
