// llama_bpe.hpp: the tokenizer of Llama 1 and 2, as llama2.c and GGUF carry it: pieces with scores.
//
// The text gets a leading space and is split into code points; one that is no piece becomes its
// bytes, ids 3 .. 258. Then the neighbours whose joined piece has the best score merge, leftmost on
// ties, until none can (Kudo and Richardson, arXiv 1808.06226, in the greedy form of llama2.c).
#pragma once

#include <unordered_map>

#include "models/text/tokenizer.hpp"

namespace ww {

struct Piece {
  std::string text;  // a space is a space
  float score = 0;
};

class LlamaBpe final : public Tokenizer {
 public:
  explicit LlamaBpe(std::vector<Piece> pieces);
  std::string name() const override { return "llama BPE"; }
  int32_t vocabulary() const override { return static_cast<int32_t>(pieces_.size()); }
  int32_t bos() const override { return 1; }
  std::vector<int32_t> encode(std::string_view text) const override;
  std::string decode(const std::vector<int32_t>& ids) const override;

 private:
  int32_t find(std::string_view text) const;  // -1: no such piece
  std::vector<int32_t> split(std::string_view text) const;

  std::vector<Piece> pieces_;
  std::unordered_map<std::string, int32_t> ids_;
};

/// llama2.c's tokenizer.bin: int32 longest piece, then for each piece float score, int32 length,
/// bytes. Throws InputError for a file that is cut off or has fewer than the 259 pieces of bytes.
std::unique_ptr<Tokenizer> read_llama2c_tokenizer(const std::filesystem::path& path);
/// The tokenizer inside a GGUF file. Throws InputError unless its model is `llama`.
std::unique_ptr<Tokenizer> read_gguf_tokenizer(const std::filesystem::path& path);

}  // namespace ww
