// llama_bpe.hpp: the tokenizer of Llama 1 and 2, as llama2.c and GGUF carry it: pieces with scores.
//
// The text gets a leading space and is split into code points; one that is no piece becomes its
// bytes. Then the neighbours whose joined piece has the best score merge, leftmost on ties, until
// none can (Kudo and Richardson, arXiv 1808.06226, in the greedy form of llama2.c). These are
// ranked merges of every two pieces that are a third when joined, its score being their rank.
#pragma once

#include <array>

#include "models/text/added_tokens.hpp"
#include "models/text/bos_policy.hpp"
#include "models/text/bpe_model.hpp"
#include "models/text/tokenizer.hpp"

namespace ww {

struct Piece {
  std::string text;  // a space is a space
  float score = 0;
  bool merges = true;  // whether text can become it; its bytes and control pieces can't
};

struct LlamaBpeOptions {
  std::array<int32_t, 256> bytes{};  // their ids
  BosPolicy bos{1, true};
  bool space_prefix = true;    // before a text, and after an added token as llama.cpp does
  bool mark_is_space = false;  // a U+2581 in a text is a space, as for llama.cpp
  AddedTokens added{};         // found in the text before anything else
};

/// llama2.c's ids of bytes: 3 .. 258.
std::array<int32_t, 256> llama2c_bytes();

class LlamaBpe final : public Tokenizer {
 public:
  explicit LlamaBpe(std::vector<Piece> pieces, LlamaBpeOptions options = {llama2c_bytes()});
  std::string name() const override { return "llama BPE"; }
  int32_t vocabulary() const override { return static_cast<int32_t>(pieces_.size()); }
  int32_t bos() const override { return options_.bos.id; }
  bool adds_bos() const override { return options_.bos.adds; }
  std::vector<int32_t> encode(std::string_view text) const override;
  /// Bytes of pieces, without the space that encode() put before.
  std::string decode(const std::vector<int32_t>& ids) const override;

 private:
  std::vector<Piece> pieces_;
  LlamaBpeOptions options_;
  BpeModel model_;
  std::unordered_map<int32_t, char> byte_of_;
};

}  // namespace ww
