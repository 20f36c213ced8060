#include "models/text/bos_texts.hpp"

#include <fmt/format.h>

#include "base/check.hpp"
#include "models/text/json_node.hpp"

namespace ww {

namespace {

/// "<s>": decoders put white space around it.
std::string bos_text(const Tokenizer& tokenizer) {
  constexpr const char* kSpace = " \t\r\n";
  const auto text = tokenizer.decode({tokenizer.bos()});
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

const char* plural(int64_t count) { return count == 1 ? " begins" : "s begin"; }

/// A flag of tokenizer_config.json, where it is one.
std::optional<bool> flag_of(const JsonNode& config, const char* key) {
  if (!config.has(key)) return {};
  const auto value = config.at(key).value();
  if (!value.is_boolean()) return {};
  return value.get<bool>();
}

}  // namespace

void BosTexts::take(const Tokenizer& tokenizer,
                    const std::string& body,
                    std::vector<int32_t>& ids) {
  if (!ids.empty() && ids.front() == tokenizer.bos()) {
    ids.erase(ids.begin());
    ++taken_;
    return;
  }
  const auto spelling = bos_text(tokenizer);
  if (!spelling.empty() && body.starts_with(spelling)) ++spelt_;
}

void BosTexts::note(const Tokenizer& tokenizer,
                    const std::string& file,
                    std::vector<std::string>& notes) const {
  if (taken_ > 0) {
    notes.push_back(fmt::format("{}: {} text{} with {}, BOS, which is not added twice",
                                file,
                                taken_,
                                plural(taken_),
                                bos_text(tokenizer)));
  }
  if (spelt_ > 0) {
    notes.push_back(fmt::format(
        "{}: {} text{} with the letters {}, which this tokenizer does not read as BOS; BOS itself "
        "comes before them",
        file,
        spelt_,
        plural(spelt_),
        bos_text(tokenizer)));
  }
}

std::optional<int32_t> added_bos(const std::filesystem::path& checkpoint) {
  try {
    const auto tokenizer = tokenizer_for(checkpoint, "");
    if (!tokenizer->adds_bos() || tokenizer->bos() < 0) return {};
    return tokenizer->bos();
  } catch (const InputError&) {
    return {};
  }
}

std::vector<std::string> bos_contradictions(const std::filesystem::path& checkpoint,
                                            const Tokenizer& tokenizer) {
  const bool folder = std::filesystem::is_directory(checkpoint);
  const auto beside = folder ? checkpoint : checkpoint.parent_path();
  const auto file = beside / "tokenizer_config.json";
  if (!std::filesystem::exists(beside / "tokenizer.json") || !std::filesystem::exists(file)) {
    return {};
  }
  const auto json = read_json(file);
  const JsonNode config(json, file.string());
  std::vector<std::string> notes;
  const auto adds = flag_of(config, "add_bos_token");
  if (adds && *adds != tokenizer.adds_bos()) {
    notes.push_back(fmt::format(
        "tokenizer_config.json says \"add_bos_token\": {}, tokenizer.json adds {}; what "
        "tokenizer.json does is done",
        *adds,
        tokenizer.adds_bos() ? "BOS" : "none"));
  }
  if (flag_of(config, "add_eos_token").value_or(false)) {
    notes.emplace_back(
        "tokenizer_config.json says \"add_eos_token\": true, tokenizer.json adds none; what "
        "tokenizer.json does is done");
  }
  return notes;
}

}  // namespace ww
