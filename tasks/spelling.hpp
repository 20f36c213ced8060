// spelling.hpp: how a question (letter, shift) is written as tokens, and read back. (c, -8) is
//
//   fused    (c-8)                one token, id letters + letter (2 S + 1) + shift + S
//   ck       c -8                 letter, then shift
//   paper    , c , - 8 ,          the paper's characters: sign, digits, no leading zero, zero is +0
//   unary    c - - - - - - - - =  as many signs as places
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ww {

enum class QueryShape { fused, ck, paper, unary };
const std::vector<std::string>& choices(QueryShape);

class Spelling {
 public:
  struct Question {
    int32_t letter;
    int shift;
    bool operator==(const Question&) const = default;
  };

  /// Letters are the ids 0 .. letters - 1, shifts -reach .. reach.
  Spelling(QueryShape shape, int letters, int reach);

  /// The symbols after the letters, in the order of their ids; only those that the shape uses.
  std::vector<std::string> symbols() const;
  /// Tokens in a block that asks for `shift`.
  int length(int shift) const;
  bool length_varies() const { return shape_ == QueryShape::paper || shape_ == QueryShape::unary; }
  std::vector<int32_t> write(const Question& question) const;
  /// The question that a block asks, or nothing where it asks none.
  std::optional<Question> read(std::span<const int32_t> block) const;

 private:
  std::vector<int32_t> write_paper(const Question& question) const;
  Question guess(std::span<const int32_t> block) const;

  QueryShape shape_;
  int letters_, reach_;
};

}  // namespace ww
