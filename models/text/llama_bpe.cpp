#include "models/text/llama_bpe.hpp"

#include "base/check.hpp"
#include "models/text/characters.hpp"
#include "models/text/merging.hpp"

namespace ww {

std::array<int32_t, 256> llama2c_bytes() {
  std::array<int32_t, 256> ids{};
  for (int32_t byte = 0; byte < 256; ++byte) ids[static_cast<size_t>(byte)] = 3 + byte;
  return ids;
}

LlamaBpe::LlamaBpe(std::vector<Piece> pieces, LlamaBpeOptions options)
    : pieces_(std::move(pieces)), options_(std::move(options)) {
  for (size_t i = 0; i < pieces_.size(); ++i) {
    if (pieces_[i].merges) ids_.emplace(pieces_[i].text, static_cast<int32_t>(i));
  }
  for (size_t byte = 0; byte < options_.bytes.size(); ++byte) {
    byte_of_[options_.bytes[byte]] = static_cast<char>(byte);
  }
}

int32_t LlamaBpe::find(std::string_view text) const {
  const auto found = ids_.find(text);
  return found == ids_.end() ? -1 : found->second;
}

std::vector<int32_t> LlamaBpe::split(std::string_view text) const {
  std::vector<int32_t> ids;
  for (size_t at = 0; at < text.size();) {
    const auto point = text.substr(at, code_point(text, at).length);
    at += point.size();
    const auto id = find(point);
    if (id >= 0) {
      ids.push_back(id);
      continue;
    }
    for (const char byte : point) ids.push_back(options_.bytes[static_cast<unsigned char>(byte)]);
  }
  return ids;
}

void LlamaBpe::encode_rest(std::string_view text, std::vector<int32_t>& ids) const {
  auto merged = split(options_.space_prefix ? " " + std::string(text) : std::string(text));
  const auto piece = [&](int32_t id) -> const Piece& { return pieces_[static_cast<size_t>(id)]; };
  merge_neighbours<float>(merged, [&](int32_t a, int32_t b) -> std::optional<Joined<float>> {
    const auto joined = find(piece(a).text + piece(b).text);
    if (joined < 0) return {};
    return Joined<float>{-piece(joined).score, joined};
  });
  ids.insert(ids.end(), merged.begin(), merged.end());
}

std::vector<int32_t> LlamaBpe::encode(std::string_view text) const {
  std::vector<int32_t> ids;
  options_.added.split_raw(
      text,
      true,
      [&](std::string_view rest, bool) { encode_rest(rest, ids); },
      [&](int32_t id) { ids.push_back(id); });
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
