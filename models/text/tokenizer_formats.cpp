#include "models/text/tokenizer_formats.hpp"

#include <fmt/ranges.h>

#include "base/check.hpp"
#include "models/formats/gguf.hpp"
#include "models/text/gguf_tokenizer.hpp"
#include "models/text/gpt2_files.hpp"
#include "models/text/llama2c_tokenizer.hpp"
#include "models/text/tokenizer_json.hpp"

namespace ww {

namespace {

using Path = std::filesystem::path;

bool is_tokenizer_json(const Path& path) {
  return path.extension() == ".json" && !is_gpt2_file(path);
}

std::unique_ptr<Tokenizer> read_tokenizer(const Path& path) {
  check(std::filesystem::exists(path), "{}: there is no such file", path.string());
  check(path.extension() != ".model",
        "{}: is a SentencePiece model, which is not supported; use tokenizer.json or --ids",
        path.string());
  std::vector<const char*> known;
  for (const auto& format : tokenizer_formats()) {
    if (format.recognises(path)) return format.read(path);
    known.push_back(format.what);
  }
  refuse("{}: is no tokenizer that this program reads: {}; use --ids",
         path.string(),
         fmt::join(known, ", "));
}

std::unique_ptr<Tokenizer> look_in(const Path& folder, const Path& checkpoint) {
  std::vector<const char*> looked;
  for (const auto& format : tokenizer_formats()) {
    std::vector<Path> found;
    for (const auto* name : format.names) {
      const bool itself = checkpoint.filename() == name;
      if (!itself && std::filesystem::exists(folder / name)) found.push_back(folder / name);
      looked.push_back(name);
    }
    check(found.size() < 2,
          "{}: more than one tokenizer beside it ({}); name one with --tokenizer, or use --ids",
          checkpoint.string(),
          fmt::join(format.names, ", "));
    if (!found.empty()) return format.read(found.front());
  }
  const bool sentences = std::filesystem::exists(folder / "tokenizer.model");
  refuse("{}: no tokenizer beside it ({}){}; name one with --tokenizer, or use --ids",
         checkpoint.string(),
         fmt::join(looked, ", "),
         sentences ? "; tokenizer.model, a SentencePiece model, is not supported" : "");
}

}  // namespace

const std::vector<TokenizerFormat>& tokenizer_formats() {
  static const std::vector<TokenizerFormat> table = {
      {"GGUF", {}, is_gguf, read_gguf_tokenizer},
      {"llama2.c tokenizer.bin",
       {"tok512.bin", "tokenizer.bin"},
       is_llama2c_tokenizer,
       read_llama2c_tokenizer},
      {"tokenizer.json", {"tokenizer.json"}, is_tokenizer_json, read_tokenizer_json},
      {"vocab.json with merges.txt", {"vocab.json"}, is_gpt2_file, read_gpt2_files},
      {"encoder.json with vocab.bpe", {"encoder.json"}, is_gpt2_file, read_gpt2_files},
  };
  return table;
}

std::unique_ptr<Tokenizer> tokenizer_for(const Path& checkpoint, const Path& file) {
  const auto& named = file.empty() ? checkpoint : file;
  if (std::filesystem::is_directory(named)) return look_in(named, named);
  if (!file.empty()) return read_tokenizer(file);
  if (is_gguf(checkpoint)) return read_gguf_tokenizer(checkpoint);
  return look_in(checkpoint.parent_path(), checkpoint);
}

}  // namespace ww
