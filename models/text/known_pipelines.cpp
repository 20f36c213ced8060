// The pre-tokenizers are those of the models' own tokenizer.json (GPT-2, Llama 3, Qwen 2, SmolLM 2,
// StarCoder 2, OLMo, Phi-4, Mistral Nemo) and tokenizer code (StableLM 2); which of them a GGUF's
// name stands for, and what `default` is, says llama.cpp's vocabulary loader. Where the model's own
// tokenizer normalises (NFC), so do we, though llama.cpp does not.

#include "models/text/known_pipelines.hpp"

#include <fmt/ranges.h>

#include <algorithm>

#include "base/check.hpp"
#include "models/text/pre_tokenizer.hpp"

namespace ww {

namespace {

using Json = nlohmann::json;

constexpr const char* kLlama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr const char* kQwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// A word of mixed case ends where lower case does; `end` is what may follow it.
std::string cased_words(const std::string& end, const std::string& digits) {
  const std::string upper = R"([\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}])",
                    lower = R"([\p{Ll}\p{Lm}\p{Lo}\p{M}])";
  const std::string before = R"([^\r\n\p{L}\p{N}]?)";
  return before + upper + "*" + lower + "+" + end + "|" + before + upper + "+" + lower + "*" + end +
         "|" + digits + R"(| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
}

Json split(const std::string& pattern) {
  return {{"type", "Split"},
          {"pattern", {{"Regex", pattern}}},
          {"behavior", "Isolated"},
          {"invert", false}};
}

Json byte_level(bool use_regex) {
  return {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", use_regex}};
}

Json sequence(const std::vector<Json>& parts) {
  return {{"type", "Sequence"}, {"pretokenizers", parts}};
}

std::vector<KnownPipeline> make_pipelines() {
  const Json nfc = {{"type", "NFC"}};
  const Json digits = {{"type", "Digits"}, {"individual_digits", true}};
  const std::string end = "<|endoftext|>";
  return {
      {.pres = {"gpt-2", "phi-2"},
       .classes = {"GPT2Tokenizer", "CodeGenTokenizer"},
       .pre_tokenizer = byte_level(true),
       .bos = end,
       .end = end},
      {.pres = {"llama-bpe", "llama3", "llama-v3"},
       .pre_tokenizer = sequence({split(kLlama3), byte_level(false)}),
       .ignore_merges = true,
       .adds_bos = true},
      {.pres = {"smaug-bpe", "dbrx"},
       .pre_tokenizer = sequence({split(kLlama3), byte_level(false)})},
      {.pres = {"gpt-4o"},
       .pre_tokenizer =
           sequence({split(cased_words("(?i:'s|'t|'re|'ve|'m|'ll|'d)?", R"(\p{N}{1,3})")),
                     byte_level(false)})},
      {.pres = {"tekken"},
       .pre_tokenizer = sequence({split(cased_words("", R"(\p{N})")), byte_level(false)}),
       .ignore_merges = true,
       .adds_bos = true},
      {.pres = {"qwen2", "stablelm2", "deepseek-r1-qwen"},
       .classes = {"Qwen2Tokenizer"},
       .normalizer = nfc,
       .pre_tokenizer = sequence({split(kQwen2), byte_level(false)}),
       .end = end},
      {.pres = {"smollm", "starcoder"}, .pre_tokenizer = sequence({digits, byte_level(true)})},
      {.pres = {"olmo"}, .normalizer = nfc, .pre_tokenizer = byte_level(true)},
      {.pres = {"default"},
       .pre_tokenizer = sequence({split(R"([\p{P}\$\+<=>\^~\|]+)"),
                                  split(kGpt2Words),
                                  split(R"(\p{N}+)"),
                                  split("[0-9][0-9][0-9]"),
                                  byte_level(false)})},
  };
}

}  // namespace

const KnownPipeline& known_pipeline(KnownPipeline::Names KnownPipeline::*names,
                                    const std::string& name,
                                    const std::string& where) {
  static const auto table = make_pipelines();
  KnownPipeline::Names known;
  for (const auto& pipeline : table) {
    const auto& candidates = pipeline.*names;
    if (std::ranges::find(candidates, name) != candidates.end()) return pipeline;
    known.insert(known.end(), candidates.begin(), candidates.end());
  }
  refuse("{} is '{}'; this program knows: {}; use tokenizer.json or --ids",
         where,
         name,
         fmt::join(known, ", "));
}

}  // namespace ww
