// piece_decoder.hpp: pieces to text: the `decoder` of tokenizer.json.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/text/json_node.hpp"

namespace ww {

/// A piece on its way to text. Added tokens stand for themselves, whatever the decoder does.
struct DecodedPiece {
  std::string text;
  bool verbatim = false;
};

class PieceDecoder {
 public:
  PieceDecoder() = default;  // pieces follow one another
  /// ByteLevel, ByteFallback, Fuse, Replace, Strip, Metaspace, Sequence, or null. Any other is
  /// refused by name when something is decoded: texts can be encoded without it.
  explicit PieceDecoder(const JsonNode& node);

  /// Bytes that are no UTF-8 stay as they are.
  std::string operator()(std::vector<DecodedPiece> pieces) const;

 private:
  using Step = std::function<void(std::vector<DecodedPiece>&)>;
  void add(const JsonNode& node);

  std::vector<Step> steps_;
  std::string refusal_;
};

}  // namespace ww
