#include "models/formats/formats.hpp"

#include <fmt/ranges.h>

#include "base/check.hpp"
#include "models/formats/gguf.hpp"
#include "models/formats/gguf_model.hpp"
#include "models/formats/huggingface.hpp"
#include "models/formats/llama2c.hpp"
#include "models/formats/manifest.hpp"
#include "models/formats/pytorch.hpp"
#include "models/formats/safetensors.hpp"

namespace ww {

namespace {

bool is_bare_weights(const std::filesystem::path& path) {
  return std::filesystem::is_regular_file(path) &&
         (path.extension() == ".safetensors" || is_pytorch(path));
}

/// Weights say nothing of the model they are for: it stands beside them.
SourceModel read_beside(const std::filesystem::path& path) {
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  if (is_manifest(folder)) {
    auto source = read_manifest(folder);
    check(std::filesystem::equivalent(source.paths.front(), path),
          "{}: whatwhere.json beside it describes {}; name this file there as \"weights\"",
          path.string(),
          source.paths.front().string());
    return source;
  }
  check(is_huggingface(folder),
        "{}: holds weights alone; put whatwhere.json beside it, or the config.json of a Hugging "
        "Face model, which names a \"model_type\"; of a run name the folder",
        path.string());
  return read_huggingface_file(path);
}

}  // namespace

const std::vector<FormatRow>& formats() {
  static const std::vector<FormatRow> table = {
      {"gguf", "GGUF v2 or v3, split or whole", is_gguf, read_gguf},
      {"manifest", "a folder with whatwhere.json", is_manifest, read_manifest},
      {"huggingface", "a Hugging Face folder", is_huggingface, read_huggingface},
      {"weights",
       "safetensors or PyTorch weights beside their config",
       is_bare_weights,
       read_beside},
      {"llama2.c", "llama2.c .bin, version 0", is_llama2c, read_llama2c},
  };
  return table;
}

SourceModel read_source(const std::filesystem::path& path) {
  std::vector<std::string> known;
  for (const auto& row : formats()) {
    if (row.recognises(path)) return row.read(path);
    known.emplace_back(row.what);
  }
  check(!std::filesystem::exists(path / "adapter_config.json"),
        "{}: holds an adapter without its model; merge it into the model first (peft: "
        "merge_and_unload)",
        path.string());
  refuse("{}: is of no format that this program reads: a run's folder, {}",
         path.string(),
         fmt::join(known, ", "));
}

}  // namespace ww
