#include "models/text/bpe_tokenizer.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "models/text/texts.hpp"

namespace ww {

BpeTokenizer::BpeTokenizer(BpeParts parts) : parts_(std::move(parts)) {
  auto largest = parts_.model.largest_id();
  for (const auto& token : parts_.added.tokens()) largest = std::max(largest, token.id);
  vocabulary_ = largest + 1;
}

std::string BpeTokenizer::name() const {
  return fmt::format(
      "{} of {}", parts_.pre_tokenizer.byte_level() ? "byte-level BPE" : "BPE", parts_.source);
}

std::vector<int32_t> BpeTokenizer::encode(std::string_view text) const {
  const auto bad = first_not_utf8(text);
  check(bad == std::string::npos, "byte {} of a text is not UTF-8", bad);
  std::vector<int32_t> ids;
  WordCache cache;
  const auto found = [&](int32_t id) { ids.push_back(id); };
  const auto word = [&](std::string_view w, bool) { parts_.model.encode(w, ids, cache); };
  const auto cut = [&](std::string_view rest, bool first) {
    parts_.pre_tokenizer.cut(rest, first, word);
  };
  const auto normalise = [&](std::string_view rest, bool first) {
    const auto normal = parts_.normaliser(std::string(rest), first);
    parts_.added.split_normal(normal, first, cut, found);
  };
  parts_.added.split_raw(text, true, normalise, found);
  return ids;
}

std::string BpeTokenizer::decode(const std::vector<int32_t>& ids) const {
  std::vector<DecodedPiece> pieces;
  pieces.reserve(ids.size());
  for (const auto id : ids) {
    if (const auto* token = parts_.added.with_id(id)) {
      pieces.push_back({token->content, true});
      continue;
    }
    const auto* piece = parts_.model.piece(id);
    check(piece != nullptr, "id {} is no piece of the tokenizer", id);
    pieces.push_back({*piece, false});
  }
  return parts_.decoder(std::move(pieces));
}

}  // namespace ww
