#include "models/text/bos_policy.hpp"

#include "base/check.hpp"

namespace ww {

namespace {

/// {"SpecialToken": {"id": "<s>", ..}} -> the id that special_tokens gives it.
int32_t special_id(const JsonNode& piece, const JsonNode& special_tokens) {
  const auto name = piece.at("SpecialToken").at("id").text();
  const auto ids = special_tokens.at(name).at("ids").items();
  check(ids.size() == 1,
        "{}: '{}' stands for {} ids; use --ids",
        special_tokens.where(),
        name,
        ids.size());
  return ids.front().id();
}

BosPolicy read_template(const JsonNode& node) {
  node.only({"type", "single", "pair", "special_tokens"});
  BosPolicy bos;
  bool begun = false;
  for (const auto& piece : node.at("single").items()) {
    if (piece.has("Sequence")) {
      begun = true;
      continue;
    }
    const auto id = special_id(piece, node.at("special_tokens"));
    check(!begun && !bos.adds,
          "{}: puts more than one piece before a text, or one after it; use --ids",
          node.where());
    bos = {id, true};
  }
  check(begun, "{}: has no place for the text", node.where());
  return bos;
}

}  // namespace

BosPolicy read_post_processor(const JsonNode& node) {
  if (node.is_null()) return {};
  const auto type = node.at("type").text();
  if (type == "ByteLevel") return {};  // moves offsets, adds nothing
  if (type == "TemplateProcessing") return read_template(node);
  check(type == "Sequence",
        "{}: the post_processor '{}' is not supported; use --ids",
        node.where(),
        type);
  BosPolicy bos;
  for (const auto& part : node.at("processors").items()) {
    const auto more = read_post_processor(part);
    check(!(bos.adds && more.adds), "{}: puts two pieces before a text; use --ids", node.where());
    if (more.adds) bos = more;
  }
  return bos;
}

}  // namespace ww
