// added_tokens.hpp: pieces that are found in the text itself, before anything else cuts it.
//
// At each place the longest that matches counts, and the leftmost place comes first. Tokens that
// are not `normalized` are looked for in the text as it is, the others, normalised themselves, in
// what the normaliser made of the rest.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "models/text/json_node.hpp"
#include "models/text/normaliser.hpp"

namespace ww {

struct AddedToken {
  int32_t id = -1;
  std::string content;
  bool special = false;      // for those who decode without such; we spell all
  bool single_word = false;  // only where no word character stands beside it
  bool lstrip = false;       // takes the white space before it
  bool rstrip = false;       // and after it
  bool normalized = false;
};

/// Reads an entry of tokenizer.json's `added_tokens`, or, with its id, of `added_tokens_decoder`.
AddedToken read_added_token(const JsonNode& node, int32_t id);

/// Finds some texts in others.
class TextMatcher {
 public:
  /// `texts` are not empty and differ.
  explicit TextMatcher(const std::vector<std::string>& texts = {});
  bool empty() const { return next_.empty(); }

  struct Match {
    size_t begin, size, which;
  };
  /// The first match at or after `from`; size 0: there is none.
  Match next(std::string_view text, size_t from) const;

 private:
  std::unordered_map<uint64_t, uint32_t> next_;  // (state, byte) -> state; 0 is the root
  std::vector<int64_t> ends_;                    // state -> which text ends there, -1: none
  std::array<bool, 256> begins_{};               // bytes that a text begins with
};

class AddedTokens {
 public:
  AddedTokens() = default;
  /// Throws InputError that names `file` for an empty token, one that normalises to nothing, and
  /// two whose contents are the same, as they are or normalised.
  AddedTokens(std::vector<AddedToken> tokens,
              const Normaliser& normaliser,
              const std::string& file);

  /// What lies between tokens, and whether it begins where the text does; or a token's id.
  using Rest = std::function<void(std::string_view text, bool first)>;
  using Found = std::function<void(int32_t id)>;
  /// The parts of a text, not normalised, in order.
  void split_raw(std::string_view text, bool first, const Rest& rest, const Found& found) const;
  /// The parts of a text that the normaliser has seen.
  void split_normal(std::string_view text, bool first, const Rest& rest, const Found& found) const;

  const std::vector<AddedToken>& tokens() const { return tokens_; }
  /// nullptr where there is none.
  const AddedToken* with_id(int32_t id) const;
  const AddedToken* with_content(std::string_view content) const;

 private:
  struct Set {
    TextMatcher matcher;
    std::vector<size_t> tokens;
  };
  void split(const Set& set,
             std::string_view text,
             bool first,
             const Rest& rest,
             const Found& found) const;

  std::vector<AddedToken> tokens_;
  std::unordered_map<int32_t, size_t> by_id_;
  std::map<std::string, size_t, std::less<>> by_content_;
  Set raw_, normal_;
};

}  // namespace ww
