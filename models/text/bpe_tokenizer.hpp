// bpe_tokenizer.hpp: byte pair encoding as Hugging Face's tokenizers do it: added tokens,
// normaliser, pre-tokenizer, ranked merges.
#pragma once

#include "models/text/added_tokens.hpp"
#include "models/text/bos_policy.hpp"
#include "models/text/bpe_model.hpp"
#include "models/text/normaliser.hpp"
#include "models/text/piece_decoder.hpp"
#include "models/text/pre_tokenizer.hpp"
#include "models/text/tokenizer.hpp"

namespace ww {

/// What a tokenizer is made of, whichever file it comes from.
struct BpeParts {
  std::string source;  // "tokenizer.json": what name() says it is from
  BpeModel model;
  Normaliser normaliser;
  PreTokenizer pre_tokenizer;
  AddedTokens added;
  PieceDecoder decoder;
  BosPolicy bos;

  /// Whether the id is a piece or an added token.
  bool knows(int32_t id) const { return added.with_id(id) || model.piece(id); }
};

class BpeTokenizer final : public Tokenizer {
 public:
  explicit BpeTokenizer(BpeParts parts);
  std::string name() const override;
  int32_t vocabulary() const override { return vocabulary_; }
  int32_t bos() const override { return parts_.bos.id; }
  bool adds_bos() const override { return parts_.bos.adds; }
  std::vector<int32_t> encode(std::string_view text) const override;
  std::string decode(const std::vector<int32_t>& ids) const override;

 private:
  BpeParts parts_;
  int32_t vocabulary_;
};

}  // namespace ww
