#include "models/text/llama_bpe.hpp"

#include <algorithm>
#include <set>

#include "base/check.hpp"
#include "models/text/characters.hpp"

namespace ww {

namespace {

std::string byte_name(size_t byte) { return fmt::format("<0x{:02X}>", byte); }

/// The bytes under the names that the model knows, and the pieces that text can become; the first
/// of equal ones.
IdOfText ids_of(const std::vector<Piece>& pieces, const LlamaBpeOptions& options) {
  IdOfText ids;
  for (size_t byte = 0; byte < options.bytes.size(); ++byte) {
    ids.emplace(byte_name(byte), options.bytes[byte]);
  }
  const std::set<int32_t> bytes(options.bytes.begin(), options.bytes.end());
  for (size_t i = 0; i < pieces.size(); ++i) {
    const auto id = static_cast<int32_t>(i);
    if (pieces[i].merges && !bytes.contains(id)) ids.emplace(pieces[i].text, id);
  }
  return ids;
}

constexpr size_t kLongestPiece = 512;  // each place to cut it hashes it once

/// Each way to join two pieces into `whole`.
void add_merges(const std::string& whole,
                uint32_t rank,
                const IdOfText& ids,
                std::vector<BpeModel::NamedMerge>& merges) {
  check(whole.size() <= kLongestPiece,
        "the tokenizer has a piece of {} bytes; those that text can become are up to {} long",
        whole.size(),
        kLongestPiece);
  const std::string_view text = whole;
  for (size_t at = 0; at < text.size();) {
    at += code_point(text, at).length;
    const auto left = text.substr(0, at), right = text.substr(at);
    if (ids.contains(left) && ids.contains(right)) merges.push_back({left, right, rank});
  }
}

BpeModel model_of(const std::vector<Piece>& pieces, const LlamaBpeOptions& options) {
  auto ids = ids_of(pieces, options);
  std::vector<float> scores;
  for (const auto& piece : pieces) scores.push_back(piece.score);
  std::ranges::sort(scores, std::greater<>());
  std::vector<BpeModel::NamedMerge> merges;
  for (size_t i = 0; i < pieces.size(); ++i) {
    const auto& [text, score, possible] = pieces[i];
    const auto id = ids.find(text);
    if (!possible || id == ids.end() || id->second != static_cast<int32_t>(i)) continue;
    const auto better = std::ranges::lower_bound(scores, score, std::greater<>()) - scores.begin();
    add_merges(text, static_cast<uint32_t>(better), ids, merges);
  }
  return {std::move(ids), merges, {.byte_fallback = true}, "the tokenizer"};
}

}  // namespace

std::array<int32_t, 256> llama2c_bytes() {
  std::array<int32_t, 256> ids{};
  for (int32_t byte = 0; byte < 256; ++byte) ids[static_cast<size_t>(byte)] = 3 + byte;
  return ids;
}

LlamaBpe::LlamaBpe(std::vector<Piece> pieces, LlamaBpeOptions options)
    : pieces_(std::move(pieces)),
      options_(std::move(options)),
      model_(model_of(pieces_, options_)) {
  for (size_t byte = 0; byte < options_.bytes.size(); ++byte) {
    byte_of_[options_.bytes[byte]] = static_cast<char>(byte);
  }
}

std::vector<int32_t> LlamaBpe::encode(std::string_view text) const {
  std::vector<int32_t> ids;
  WordCache cache;
  const auto rest = [&](std::string_view part, bool) {
    const auto spaced = (options_.space_prefix ? " " : "") + std::string(part);
    model_.encode(
        options_.mark_is_space ? replace_all(spaced, kSpaceMark, " ") : spaced, ids, cache);
  };
  options_.added.split_raw(text, true, rest, [&](int32_t id) { ids.push_back(id); });
  return ids;
}

std::string LlamaBpe::decode(const std::vector<int32_t>& ids) const {
  std::string text;
  bool after_prefix = options_.space_prefix;
  for (const auto id : ids) {
    check(id >= 0 && id < vocabulary(), "id {} is outside the vocabulary of {}", id, vocabulary());
    const auto* added = options_.added.with_id(id);
    const auto byte = byte_of_.find(id);
    auto piece = added                    ? added->content
                 : byte != byte_of_.end() ? std::string(1, byte->second)
                                          : pieces_[static_cast<size_t>(id)].text;
    if (after_prefix && !added && piece.starts_with(' ')) piece.erase(0, 1);
    text += piece;
    after_prefix = options_.space_prefix && added;
  }
  return text;
}

}  // namespace ww
