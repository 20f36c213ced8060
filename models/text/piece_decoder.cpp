#include "models/text/piece_decoder.hpp"

#include "base/check.hpp"
#include "models/text/byte_alphabet.hpp"
#include "models/text/characters.hpp"
#include "models/text/splitting.hpp"

namespace ww {

namespace {

using Pieces = std::vector<DecodedPiece>;
using PieceChange = std::function<void(Pieces&)>;

size_t size_of(const Pieces& pieces) {
  size_t size = 0;
  for (const auto& piece : pieces) size += piece.text.size();
  return size;
}

/// Does something to the text of each piece that is not verbatim.
PieceChange each(const std::function<std::string(const std::string&)>& change) {
  return [change](Pieces& pieces) {
    for (auto& piece : pieces) {
      if (!piece.verbatim) piece.text = change(piece.text);
    }
  };
}

/// <0x41> -> A.
std::string byte_of(const std::string& text) {
  const bool form = text.size() == 6 && text.starts_with("<0x") && text.ends_with(">");
  if (!form || text.find_first_not_of("0123456789abcdefABCDEF", 3) != 5) return text;
  return {static_cast<char>(std::stoi(text.substr(3, 2), nullptr, 16))};
}

void fuse(Pieces& pieces) {
  std::string all;
  for (const auto& piece : pieces) all += piece.text;
  pieces = {{all, false}};
}

PieceChange replace_in_pieces(const JsonNode& node) {
  node.only({"type", "pattern", "content"});
  return each([pattern = read_pattern(node.at("pattern")),
               content = node.at("content").text()](const std::string& text) {
    std::string replaced;
    for (const auto& span : pattern(text)) {
      check_growth(replaced.size(), text.size(), "decoder");
      replaced += span.match ? content : text.substr(span.begin, span.end - span.begin);
    }
    return replaced;
  });
}

PieceChange strip_pieces(const JsonNode& node) {
  node.only({"type", "content", "start", "stop"});
  return each([content = node.at("content").text(),
               start = node.at("start").id(),
               stop = node.at("stop").id()](std::string text) {
    for (int32_t i = 0; i < start && !content.empty() && text.starts_with(content); ++i) {
      text.erase(0, content.size());
    }
    for (int32_t i = 0; i < stop && !content.empty() && text.ends_with(content); ++i) {
      text.resize(text.size() - content.size());
    }
    return text;
  });
}

PieceChange spaces_from_marks(const JsonNode& node) {
  node.only({"type", "replacement", "add_prefix_space", "prepend_scheme", "split", "str_rep"});
  const auto mark = node.at("replacement").text();
  check(!mark.empty(), "{}.replacement is empty", node.where());
  const bool never = node.text_or("prepend_scheme", "always") == "never";
  return [=](Pieces& pieces) {
    for (size_t i = 0; i < pieces.size(); ++i) {
      auto& text = pieces[i].text;
      if (pieces[i].verbatim) continue;
      if (i == 0 && !never && text.starts_with(mark)) text.erase(0, mark.size());
      text = replace_all(text, mark, " ");
    }
  };
}

/// One that is no Sequence; empty where the type is unknown.
PieceChange read_piece_change(const JsonNode& node, const std::string& type) {
  if (type == "ByteLevel") return each(from_byte_alphabet);
  if (type == "ByteFallback") return each(byte_of);
  if (type == "Fuse") return fuse;
  if (type == "Replace") return replace_in_pieces(node);
  if (type == "Strip") return strip_pieces(node);
  if (type == "Metaspace") return spaces_from_marks(node);
  return {};
}

}  // namespace

PieceDecoder::PieceDecoder(const JsonNode& node) {
  if (!node.is_null()) add(node);
}

void PieceDecoder::add(const JsonNode& node) {
  const auto type = node.at("type").text();
  if (type == "Sequence") {
    for (const auto& part : node.at("decoders").items()) add(part);
    return;
  }
  steps_.push_back(read_piece_change(node, type));
  if (!steps_.back() && refusal_.empty()) {
    refusal_ = fmt::format("{}: the decoder '{}' is not supported", node.where(), type);
  }
}

std::string PieceDecoder::operator()(std::vector<DecodedPiece> pieces) const {
  if (!refusal_.empty()) refuse("{}", refusal_);
  const auto original = size_of(pieces);
  for (const auto& step : steps_) {
    step(pieces);
    check_growth(size_of(pieces), original, "decoder");
  }
  std::string text;
  for (const auto& piece : pieces) text += piece.text;
  return text;
}

}  // namespace ww
