// splitting.hpp: a text cut by what matches in it, and what becomes of the matches.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "models/text/json_node.hpp"

namespace ww {

/// Bytes begin .. end of a text; `match` where the pattern matched, else what lies between.
struct Span {
  size_t begin, end;
  bool match;
};

/// The spans of a whole text, in order, without gaps.
using Splitter = std::function<std::vector<Span>(std::string_view)>;

/// {"String": ..} or {"Regex": ..}. Throws InputError for an empty string and for a regular
/// expression that does not compile.
Splitter read_pattern(const JsonNode& node);
/// Every code point that `is` holds for matches by itself.
Splitter split_at(bool (*is)(uint32_t));
/// White space matches; words (\w) and other characters stand apart.
Splitter split_words();

/// What becomes of matches: "Removed", "Isolated", "MergedWithPrevious", "MergedWithNext",
/// "Contiguous".
enum class Behaviour { removed, isolated, merged_with_previous, merged_with_next, contiguous };
Behaviour read_behaviour(const JsonNode& node);
/// The pieces, in order; they may be empty.
std::vector<Span> behave(std::vector<Span> spans, Behaviour behaviour);

/// What `part` of a tokenizer may make of a text of `original` bytes: compatibility forms make a
/// dozen of one, but a few steps that double it would fill any memory. Throws InputError.
void check_growth(size_t size, size_t original, const char* part);

}  // namespace ww
