#include "models/text/added_tokens.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "models/text/characters.hpp"

namespace ww {

namespace {

/// Where the code point that ends at byte `end` > 0 begins.
size_t before(std::string_view text, size_t end) {
  size_t at = end - 1;
  while (at > 0 && end - at < 4 && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80) --at;
  return at;
}

bool ends_in_word(std::string_view text, size_t end) {
  return end > 0 && is_word(code_point(text, before(text, end)).value);
}

bool begins_word(std::string_view text, size_t at) {
  return at < text.size() && is_word(code_point(text, at).value);
}

size_t space_before(std::string_view text, size_t at, size_t least) {
  while (at > least) {
    const auto previous = before(text, at);
    if (!is_space(code_point(text, previous).value)) break;
    at = previous;
  }
  return std::max(at, least);
}

size_t space_after(std::string_view text, size_t at) {
  while (at < text.size()) {
    const auto [point, length] = code_point(text, at);
    if (!is_space(point)) break;
    at += length;
  }
  return at;
}

}  // namespace

AddedToken read_added_token(const JsonNode& node, int32_t id) {
  node.only(
      {"id", "content", "single_word", "lstrip", "rstrip", "normalized", "special", "__type"});
  AddedToken token;
  token.id = id;
  token.content = node.at("content").text();
  token.special = node.at("special").flag();
  token.single_word = node.at("single_word").flag();
  token.lstrip = node.at("lstrip").flag();
  token.rstrip = node.at("rstrip").flag();
  token.normalized = node.at("normalized").flag();
  return token;
}

TextMatcher::TextMatcher(const std::vector<std::string>& texts) : ends_{-1} {
  for (size_t which = 0; which < texts.size(); ++which) {
    uint32_t state = 0;
    for (const char c : texts[which]) {
      const auto byte = static_cast<unsigned char>(c);
      const auto fresh = static_cast<uint32_t>(ends_.size());
      const auto [edge, added] = next_.emplace(static_cast<uint64_t>(state) << 8 | byte, fresh);
      if (added) ends_.push_back(-1);
      state = edge->second;
    }
    ends_[state] = static_cast<int64_t>(which);
    begins_[static_cast<unsigned char>(texts[which].front())] = true;
  }
}

TextMatcher::Match TextMatcher::next(std::string_view text, size_t from) const {
  for (size_t at = from; at < text.size(); ++at) {
    if (!begins_[static_cast<unsigned char>(text[at])]) continue;
    Match longest{at, 0, 0};
    uint32_t state = 0;
    for (size_t i = at; i < text.size(); ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      const auto edge = next_.find(static_cast<uint64_t>(state) << 8 | byte);
      if (edge == next_.end()) break;
      state = edge->second;
      if (ends_[state] >= 0) longest = {at, i + 1 - at, static_cast<size_t>(ends_[state])};
    }
    if (longest.size > 0) return longest;
  }
  return {text.size(), 0, 0};
}

AddedTokens::AddedTokens(std::vector<AddedToken> tokens,
                         const Normaliser& normaliser,
                         const std::string& file)
    : tokens_(std::move(tokens)) {
  constexpr size_t kMostBytes = size_t{1} << 19;  // each takes fifty to be found
  size_t bytes = 0;
  std::vector<std::string> raw, normal;
  std::map<std::string, size_t> spelled;
  for (size_t i = 0; i < tokens_.size(); ++i) {
    const auto& token = tokens_[i];
    by_id_.emplace(token.id, i);
    check(by_content_.emplace(token.content, i).second,
          "{}: has the added token '{}' twice",
          file,
          token.content);
    bool first = true;
    auto text = token.normalized ? normaliser(token.content, first) : token.content;
    check(!text.empty(), "{}: its added token '{}' is empty", file, token.content);
    bytes += text.size();
    check(bytes <= kMostBytes, "{}: its added tokens have more than {} bytes", file, kMostBytes);
    const auto same = token.normalized ? spelled.emplace(text, i).first->second : i;
    check(same == i,
          "{}: its added tokens '{}' and '{}' are one once they are normalised; use --ids",
          file,
          tokens_[same].content,
          token.content);
    (token.normalized ? normal_ : raw_).tokens.push_back(i);
    (token.normalized ? normal : raw).push_back(std::move(text));
  }
  raw_.matcher = TextMatcher(raw);
  normal_.matcher = TextMatcher(normal);
}

void AddedTokens::split_raw(std::string_view text,
                            bool first,
                            const Rest& rest,
                            const Found& found) const {
  split(raw_, text, first, rest, found);
}

void AddedTokens::split_normal(std::string_view text,
                               bool first,
                               const Rest& rest,
                               const Found& found) const {
  split(normal_, text, first, rest, found);
}

void AddedTokens::split(
    const Set& set, std::string_view text, bool first, const Rest& rest, const Found& found) const {
  size_t done = 0;
  const auto pass = [&](size_t to) {
    if (done < to) rest(text.substr(done, to - done), first && done == 0);
  };
  for (size_t from = 0; !set.matcher.empty();) {
    const auto match = set.matcher.next(text, from);
    if (match.size == 0) break;
    const auto& token = tokens_[set.tokens[match.which]];
    auto begin = match.begin, end = match.begin + match.size;
    from = end;
    if (token.single_word && (ends_in_word(text, begin) || begins_word(text, end))) continue;
    if (token.lstrip) begin = std::max(space_before(text, begin, std::min(begin, done)), done);
    if (token.rstrip) end = space_after(text, end);
    pass(begin);
    // One that lies in white space that the token before took counts again, unless it takes such
    // space itself and finds none left.
    if (begin < end) found(token.id);
    done = end;
  }
  pass(text.size());
}

const AddedToken* AddedTokens::with_id(int32_t id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : &tokens_[found->second];
}

const AddedToken* AddedTokens::with_content(std::string_view content) const {
  const auto found = by_content_.find(content);
  return found == by_content_.end() ? nullptr : &tokens_[found->second];
}

}  // namespace ww
