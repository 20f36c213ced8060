// pre_tokenizer.hpp: how a text is cut into the words that pieces never cross: the `pre_tokenizer`
// of tokenizer.json.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "models/text/json_node.hpp"

namespace ww {

/// GPT-2's words (the pattern of its encoder): contractions, letters, digits, others, each with the
/// space before it; white space but the last of a run.
inline constexpr const char* kGpt2Words =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

class PreTokenizer {
 public:
  /// A word and whether it begins where the whole text does.
  using Emit = std::function<void(std::string_view word, bool first)>;
  /// Cuts a word further and emits its parts, from left to right.
  using Step = std::function<void(std::string_view word, bool first, const Emit& emit)>;

  PreTokenizer() = default;  // a text is one word
  /// ByteLevel, Split, Digits, Punctuation, Whitespace, WhitespaceSplit, Metaspace, Sequence, or
  /// null. Throws InputError that names any other.
  explicit PreTokenizer(const JsonNode& node);

  /// Emits the words of a text, none of them empty.
  void cut(std::string_view text, bool first, const Emit& emit) const;
  /// Whether words come out in the alphabet of bytes.
  bool byte_level() const { return byte_level_; }

 private:
  void add(const JsonNode& node);
  void run(size_t step, std::string_view text, bool first, const Emit& emit) const;

  std::vector<Step> steps_;
  bool byte_level_ = false;
};

}  // namespace ww
