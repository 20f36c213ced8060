#include "models/text/splitting.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "models/text/characters.hpp"
#include "models/text/regex.hpp"

namespace ww {

namespace {

/// Spans from matches that come from left to right.
class Spans {
 public:
  explicit Spans(size_t size) : size_(size) {}
  void match(size_t begin, size_t end) {
    if (end_ < begin) spans_.push_back({end_, begin, false});
    spans_.push_back({begin, end, true});
    end_ = end;
  }
  std::vector<Span> finish() {
    if (end_ < size_) spans_.push_back({end_, size_, false});
    return std::move(spans_);
  }

 private:
  size_t size_, end_ = 0;
  std::vector<Span> spans_;
};

Splitter literal(const std::string& pattern) {
  return [pattern](std::string_view text) {
    Spans spans(text.size());
    for (size_t at = 0; (at = text.find(pattern, at)) != std::string_view::npos;) {
      spans.match(at, at + pattern.size());
      at += pattern.size();
    }
    return spans.finish();
  };
}

/// A match joins the piece that the walk made before it, unless that was a match itself.
template <typename Walk, typename Join>
std::vector<Span> merged(const Walk& spans, const Join& join) {
  std::vector<Span> pieces;
  bool after_match = false;
  for (const auto& span : spans) {
    if (span.match && !after_match && !pieces.empty()) {
      join(pieces.back(), span);
    } else {
      pieces.push_back(span);
    }
    after_match = span.match;
  }
  return pieces;
}

}  // namespace

Splitter read_pattern(const JsonNode& node) {
  node.only({"String", "Regex"});
  check(node.object().size() == 1, "{} must be a 'String' or a 'Regex'", node.where());
  if (node.has("String")) {
    const auto pattern = node.at("String").text();
    check(!pattern.empty(), "{} is an empty pattern; use --ids", node.where());
    return literal(pattern);
  }
  const auto part = node.at("Regex");
  return [regex = Regex(part.text(), part.where())](std::string_view text) {
    Spans spans(text.size());
    if (!text.empty()) {
      regex.each_match(text, [&](size_t begin, size_t end) { spans.match(begin, end); });
    }
    return spans.finish();
  };
}

Splitter split_at(bool (*is)(uint32_t)) {
  return [is](std::string_view text) {
    Spans spans(text.size());
    for (size_t at = 0; at < text.size();) {
      const auto [point, length] = code_point(text, at);
      if (is(point)) spans.match(at, at + length);
      at += length;
    }
    return spans.finish();
  };
}

Splitter split_words() {
  return [](std::string_view text) {
    std::vector<Span> spans;
    bool in_word = false;
    for (size_t at = 0; at < text.size();) {
      const auto [point, length] = code_point(text, at);
      const bool space = is_space(point), word = !space && is_word(point);
      const bool goes_on =
          !spans.empty() && spans.back().match == space && (space || in_word == word);
      if (goes_on) {
        spans.back().end += length;
      } else {
        spans.push_back({at, at + length, space});
      }
      in_word = word;
      at += length;
    }
    return spans;
  };
}

Behaviour read_behaviour(const JsonNode& node) {
  static const std::pair<const char*, Behaviour> table[] = {
      {"Removed", Behaviour::removed},
      {"Isolated", Behaviour::isolated},
      {"MergedWithPrevious", Behaviour::merged_with_previous},
      {"MergedWithNext", Behaviour::merged_with_next},
      {"Contiguous", Behaviour::contiguous}};
  const auto name = node.text();
  for (const auto& [known, behaviour] : table) {
    if (name == known) return behaviour;
  }
  refuse("{} is '{}', which this program does not know; use --ids", node.where(), name);
}

std::vector<Span> behave(std::vector<Span> spans, Behaviour behaviour) {
  switch (behaviour) {
    case Behaviour::removed:
      std::erase_if(spans, [](const Span& span) { return span.match; });
      return spans;
    case Behaviour::isolated:
      return spans;
    case Behaviour::merged_with_previous:
      return merged(spans, [](Span& piece, const Span& span) { piece.end = span.end; });
    case Behaviour::merged_with_next: {
      std::ranges::reverse(spans);
      auto pieces = merged(spans, [](Span& piece, const Span& span) { piece.begin = span.begin; });
      std::ranges::reverse(pieces);
      return pieces;
    }
    case Behaviour::contiguous:
      break;
  }
  std::vector<Span> pieces;
  for (const auto& span : spans) {
    if (!pieces.empty() && pieces.back().match == span.match) {
      pieces.back().end = span.end;
    } else {
      pieces.push_back(span);
    }
  }
  return pieces;
}

void check_growth(size_t size, size_t original, const char* part) {
  constexpr size_t kLeast = 1 << 16, kMost = 64;
  check(size <= kLeast + kMost * original,
        "the tokenizer's {} makes more than {} bytes of {}; use --ids",
        part,
        kLeast + kMost * original,
        original);
}

}  // namespace ww
