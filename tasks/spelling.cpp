#include "tasks/spelling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "tasks/symbols.hpp"

namespace ww {

// Offsets from the last letter's id: paper has ten digits, then three signs; unary the signs alone.
enum Paper { kPaperDigits = 0, kPaperComma = 10, kPaperPlus = 11, kPaperMinus = 12 };
enum Unary { kUnaryPlus = 0, kUnaryMinus = 1, kEquals = 2 };

const std::vector<std::string>& choices(QueryShape) {
  static const std::vector<std::string> names = {"fused", "ck", "paper", "unary"};
  return names;
}

Spelling::Spelling(QueryShape shape, int letters, int reach)
    : shape_(shape), letters_(letters), reach_(reach) {}

std::vector<std::string> Spelling::symbols() const {
  if (shape_ == QueryShape::paper) {
    return {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", ",", "+", "-"};
  }
  if (shape_ == QueryShape::unary) return {"+", "-", "="};
  std::vector<std::string> names;
  const int prefixes = shape_ == QueryShape::fused ? letters_ : 1;
  for (int letter = 0; letter < prefixes; ++letter) {
    for (int shift = -reach_; shift <= reach_; ++shift) {
      names.push_back(shape_ == QueryShape::ck
                          ? shift_name(shift)
                          : fmt::format("({}{})", letter_name(letter), shift_name(shift)));
    }
  }
  return names;
}

int Spelling::length(int shift) const {
  switch (shape_) {
    case QueryShape::fused:
      return 1;
    case QueryShape::ck:
      return 2;
    case QueryShape::paper:
      return 5 + static_cast<int>(fmt::to_string(std::abs(shift)).size());
    case QueryShape::unary:
      return 2 + std::abs(shift);
  }
  return 0;
}

std::vector<int32_t> Spelling::write_paper(const Question& question) const {
  std::vector<int32_t> block = {letters_ + kPaperComma, question.letter, letters_ + kPaperComma};
  block.push_back(letters_ + (question.shift < 0 ? kPaperMinus : kPaperPlus));
  for (const char digit : fmt::to_string(std::abs(question.shift))) {
    block.push_back(letters_ + kPaperDigits + digit - '0');
  }
  block.push_back(letters_ + kPaperComma);
  return block;
}

std::vector<int32_t> Spelling::write(const Question& question) const {
  const auto& [letter, shift] = question;
  if (shape_ == QueryShape::fused) {
    return {letters_ + letter * (2 * reach_ + 1) + shift + reach_};
  }
  if (shape_ == QueryShape::ck) return {letter, letters_ + shift + reach_};
  if (shape_ == QueryShape::paper) return write_paper(question);
  std::vector<int32_t> block(2 + std::abs(shift),
                             letters_ + (shift < 0 ? kUnaryMinus : kUnaryPlus));
  block.front() = letter;
  block.back() = letters_ + kEquals;
  return block;
}

/// What a block asks if it asks anything; needs at least two tokens but for `fused`.
Spelling::Question Spelling::guess(std::span<const int32_t> block) const {
  const int count = 2 * reach_ + 1;
  if (shape_ == QueryShape::fused) {
    const int32_t id = block[0] - letters_;
    return {id / count, id % count - reach_};
  }
  if (shape_ == QueryShape::ck) return {block[0], block[1] - letters_ - reach_};
  if (shape_ == QueryShape::unary) {
    const int size = static_cast<int>(block.size()) - 2;
    return {block[0], block[1] == letters_ + kUnaryMinus ? -size : size};
  }
  int size = 0;
  for (size_t i = 4; i + 1 < block.size(); ++i)
    size = size * 10 + block[i] - letters_ - kPaperDigits;
  return {block[1], block[3] == letters_ + kPaperMinus ? -size : size};
}

std::optional<Spelling::Question> Spelling::read(std::span<const int32_t> block) const {
  const size_t least = shape_ == QueryShape::paper ? 6 : static_cast<size_t>(length(0));
  if (block.size() < least || block.size() > static_cast<size_t>(length(reach_))) return {};
  const auto question = guess(block);
  if (question.letter < 0 || question.letter >= letters_) return {};
  if (std::abs(question.shift) > reach_) return {};
  const auto written = write(question);  // whoever writes otherwise asks nothing
  if (!std::equal(block.begin(), block.end(), written.begin(), written.end())) return {};
  return question;
}

}  // namespace ww
