// bos_policy.hpp: the piece that begins a text, and whether the tokenizer itself puts it there.
#pragma once

#include "models/text/json_node.hpp"

namespace ww {

struct BosPolicy {
  int32_t id = -1;  // -1: there is none
  bool adds = false;
};

/// What the `post_processor` of tokenizer.json adds: TemplateProcessing, ByteLevel, Sequence, or
/// null. Throws InputError that names any other, and for one that adds anything but a single piece
/// at the beginning.
BosPolicy read_post_processor(const JsonNode& node);

}  // namespace ww
