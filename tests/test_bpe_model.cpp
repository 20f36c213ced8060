// test_bpe_model.cpp: words to pieces by ranked merges.

#include <algorithm>

#include "base/philox.hpp"
#include "models/text/bpe_model.hpp"
#include "models/text/characters.hpp"
#include "tests/catch.hpp"

using namespace ww;

namespace {

/// A vocabulary of letters and all that some merges make; ids in the order of the alphabet first.
struct Small {
  IdOfText pieces;
  std::vector<std::pair<std::string, std::string>> merges;

  Small(const std::string& letters, const std::vector<std::pair<std::string, std::string>>& pairs)
      : merges(pairs) {
    for (size_t at = 0; at < letters.size();) {
      const auto length = code_point(letters, at).length;
      add(letters.substr(at, length));
      at += length;
    }
    for (const auto& [left, right] : merges) add(left + right);
  }
  void add(const std::string& text) { pieces.emplace(text, static_cast<int32_t>(pieces.size())); }
  BpeModel model(BpeOptions options = {}) const {
    std::vector<BpeModel::NamedMerge> named;
    for (const auto& [left, right] : merges)
      named.push_back({left, right, static_cast<uint32_t>(named.size())});
    return {pieces, named, std::move(options), "a.json"};
  }
  /// The definition: join the leftmost pair of the lowest rank until there is none.
  std::vector<int32_t> slowly(const std::string& word) const {
    std::vector<std::string> parts;
    for (const char c : word) parts.emplace_back(1, c);
    for (;;) {
      size_t best = merges.size(), at = 0;
      for (size_t i = 0; i + 1 < parts.size(); ++i) {
        const auto rank = static_cast<size_t>(
            std::ranges::find(merges, std::pair(parts[i], parts[i + 1])) - merges.begin());
        if (rank < best) best = rank, at = i;
      }
      if (best == merges.size()) break;
      parts[at] += parts[at + 1];
      parts.erase(parts.begin() + static_cast<ptrdiff_t>(at) + 1);
    }
    std::vector<int32_t> ids;
    for (const auto& part : parts) ids.push_back(pieces.at(part));
    return ids;
  }
};

std::vector<int32_t> encoded(const BpeModel& model, std::string_view word) {
  WordCache cache;
  std::vector<int32_t> ids, again;
  model.encode(word, ids, cache);
  model.encode(word, again, cache);  // from the cache, where it is short
  CHECK(ids == again);
  return ids;
}

}  // namespace

TEST_CASE("Merging by rank equals its definition in loops", "[tokenizers]") {
  const Small small("abcd",
                    {{"a", "b"},
                     {"c", "d"},
                     {"ab", "ab"},
                     {"b", "c"},
                     {"d", "a"},
                     {"abab", "c"},
                     {"cd", "cd"},
                     {"b", "b"},
                     {"bb", "a"},
                     {"cdcd", "ab"}});
  const auto model = small.model();
  for (uint64_t i = 0; i < 400; ++i) {
    Draw draw(5, i, fnv32("words"));
    std::string word;  // on both sides of the length from which words are cut
    for (uint32_t n = 1 + draw.below(150); word.size() < n;) word += "abcd"[draw.below(4)];
    INFO(word);
    REQUIRE(encoded(model, word) == small.slowly(word));
  }
}

TEST_CASE("Long words of any kind take near-linear time", "[tokenizers]") {
  // A quadratic merge would need days.
  const auto model = Small("ab", {{"a", "a"}, {"aa", "aa"}, {"a", "b"}, {"b", "a"}}).model();
  std::string word(3'000'000, 'a');
  CHECK(encoded(model, word).size() == 750'000);
  for (size_t i = 0; i < word.size(); i += 2) word[i] = 'b';
  CHECK(encoded(model, word).size() == 1'500'001);
}

TEST_CASE("Characters that are no pieces vanish, become unknown or their bytes", "[tokenizers]") {
  Small small("ab", {{"a", "b"}});
  small.add("?");
  small.add("<0xC3>");
  small.add("<0xA9>");
  const auto ids = [&](const BpeOptions& options, const char* word) {
    return encoded(small.model(options), word);
  };
  using Ids = std::vector<int32_t>;  // a 0, b 1, ab 2, ? 3, bytes 4, 5
  CHECK(ids({}, "a\u00e9\u00e9b") == Ids{2});
  CHECK(ids({.unknown = "?"}, "a\u00e9\u00e9b") == Ids{0, 3, 3, 1});
  CHECK(ids({.unknown = "?", .fuse_unknown = true}, "a\u00e9\u00e9b") == Ids{0, 3, 1});
  CHECK(ids({.unknown = "?", .byte_fallback = true}, "a\u00e9b") == Ids{0, 4, 5, 1});
  CHECK(ids({.unknown = "?", .byte_fallback = true}, "a\u00eab") == Ids{0, 3, 1});  // no <0xAA>
  CHECK(ids({.unknown = "?", .byte_fallback = true}, "\u00ea\u00e9b") == Ids{4, 5, 3, 1});
  const std::string many(100, 'b');
  CHECK(
      ids({.unknown = "?", .fuse_unknown = true}, (many + "\u00e9\u00e9" + many).c_str()).size() ==
      201);
  CHECK(test::refusal([&] { ids({.unknown = "!"}, "\u00e9"); }).find("'!'") != std::string::npos);
}

TEST_CASE("A word that is a piece stays whole where merges are ignored", "[tokenizers]") {
  Small small("abc", {{"a", "b"}});
  small.add("abc");
  CHECK(encoded(small.model(), "abc") == std::vector<int32_t>{3, 2});
  CHECK(encoded(small.model({.ignore_merges = true}), "abc") == std::vector<int32_t>{4});
}
