#include "models/text/pre_tokenizer.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "models/text/byte_alphabet.hpp"
#include "models/text/characters.hpp"
#include "models/text/regex.hpp"
#include "models/text/splitting.hpp"

namespace ww {

namespace {

using Emit = PreTokenizer::Emit;
using Step = PreTokenizer::Step;

void emit_pieces(std::string_view word,
                 bool first,
                 const std::vector<Span>& pieces,
                 const Emit& emit) {
  for (const auto& piece : pieces) {
    if (piece.begin == piece.end) continue;
    emit(word.substr(piece.begin, piece.end - piece.begin), first && piece.begin == 0);
  }
}

Step split(const Splitter& splitter, Behaviour behaviour, bool invert = false) {
  return [splitter, behaviour, invert](std::string_view word, bool first, const Emit& emit) {
    auto spans = splitter(word);
    if (invert) {
      for (auto& span : spans) span.match = !span.match;
    }
    emit_pieces(word, first, behave(std::move(spans), behaviour), emit);
  };
}

Step byte_level(const JsonNode& node) {
  node.only({"type", "add_prefix_space", "trim_offsets", "use_regex"});
  const bool prefix = node.at("add_prefix_space").flag();
  std::vector<Regex> words;
  if (node.flag_or("use_regex", true)) words.emplace_back(kGpt2Words, node.where());
  return [prefix, words](std::string_view word, bool first, const Emit& emit) {
    std::string spaced, mapped;
    const bool spaces = prefix && !word.starts_with(' ');
    if (spaces) word = spaced = " " + std::string(word);
    const auto map = [&](size_t begin, size_t end) {
      mapped.clear();
      append_byte_alphabet(mapped, word.substr(begin, end - begin));
      emit(mapped, first && begin <= (spaces ? 1 : 0));
    };
    if (words.empty()) return map(0, word.size());
    words.front().each_match(word, map);  // the pattern leaves nothing between
  };
}

enum class Prepend { always, first, never };

Prepend read_prepend(const JsonNode& node) {
  const auto scheme = node.text_or("prepend_scheme", "always");
  check(scheme == "always" || scheme == "first" || scheme == "never",
        "{} has the unknown prepend_scheme '{}'; use --ids",
        node.where(),
        scheme);
  check(node.flag_or("add_prefix_space", true) || scheme == "never",
        "{} says add_prefix_space false and prepend_scheme {}, which contradict each other",
        node.where(),
        scheme);
  return scheme == "never" ? Prepend::never : scheme == "first" ? Prepend::first : Prepend::always;
}

Step metaspace(const JsonNode& node) {
  node.only({"type", "replacement", "add_prefix_space", "prepend_scheme", "split", "str_rep"});
  const auto mark = node.at("replacement").text();
  check(!mark.empty() && code_point(mark, 0).length == mark.size(),
        "{}.replacement must be one character but is '{}'",
        node.where(),
        mark);
  const auto prepend = read_prepend(node);
  const auto splits = node.flag_or("split", true);
  return [=](std::string_view word, bool first, const Emit& emit) {
    auto marked = replace_all(word, " ", mark);
    const bool wanted = prepend == Prepend::always || (prepend == Prepend::first && first);
    if (wanted && !marked.starts_with(mark)) marked = mark + marked;
    if (!splits) return emit(marked, first);
    for (size_t begin = 0; begin < marked.size();) {
      const auto end = std::min(marked.find(mark, begin + 1), marked.size());
      emit(std::string_view(marked).substr(begin, end - begin), first && begin == 0);
      begin = end;
    }
  };
}

/// One that is no Sequence.
Step read_step(const JsonNode& node, const std::string& type) {
  if (type == "ByteLevel") return byte_level(node);
  if (type == "Metaspace") return metaspace(node);
  if (type == "Split") {
    node.only({"type", "pattern", "behavior", "invert"});
    return split(read_pattern(node.at("pattern")),
                 read_behaviour(node.at("behavior")),
                 node.at("invert").flag());
  }
  if (type == "Digits") {
    node.only({"type", "individual_digits"});
    return split(split_at(is_number),
                 node.at("individual_digits").flag() ? Behaviour::isolated : Behaviour::contiguous);
  }
  if (type == "Punctuation") {
    node.only({"type", "behavior"});
    return split(split_at(is_punctuation),
                 node.has("behavior") ? read_behaviour(node.at("behavior")) : Behaviour::isolated);
  }
  if (type == "Whitespace" || type == "WhitespaceSplit") {
    node.only({"type"});
    return split(type == "Whitespace" ? split_words() : split_at(is_space), Behaviour::removed);
  }
  refuse("{}: the pre_tokenizer '{}' is not supported; use --ids", node.where(), type);
}

}  // namespace

PreTokenizer::PreTokenizer(const JsonNode& node) {
  if (!node.is_null()) add(node);
}

void PreTokenizer::add(const JsonNode& node) {
  const auto type = node.at("type").text();
  if (type == "Sequence") {
    node.only({"type", "pretokenizers"});
    for (const auto& part : node.at("pretokenizers").items()) add(part);
    return;
  }
  steps_.push_back(read_step(node, type));
  byte_level_ = byte_level_ || type == "ByteLevel";
}

void PreTokenizer::cut(std::string_view text, bool first, const Emit& emit) const {
  if (!text.empty()) run(0, text, first, emit);
}

void PreTokenizer::run(size_t step, std::string_view text, bool first, const Emit& emit) const {
  if (step == steps_.size()) return emit(text, first);
  steps_[step](
      text, first, [&](std::string_view word, bool begins) { run(step + 1, word, begins, emit); });
}

}  // namespace ww
