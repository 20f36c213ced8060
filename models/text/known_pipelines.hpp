// known_pipelines.hpp: what byte-level tokenizers do to a text before merging, for files that say
// it by a name alone: GGUF's `tokenizer.ggml.pre`, a Hugging Face `tokenizer_class`.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace ww {

struct KnownPipeline {
  using Names = std::vector<std::string>;
  Names pres{}, classes{};                       // GGUF's and Hugging Face's names for it
  nlohmann::json normalizer{}, pre_tokenizer{};  // as tokenizer.json has them
  bool ignore_merges = false;
  bool adds_bos = false;     // where the file does not say
  std::string bos{}, end{};  // pieces that a tokenizer class has where its files name none
};

/// `names` is pres or classes. Throws InputError that begins with `where` and lists the known names
/// for any other.
const KnownPipeline& known_pipeline(KnownPipeline::Names KnownPipeline::*names,
                                    const std::string& name,
                                    const std::string& where);

}  // namespace ww
