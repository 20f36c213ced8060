#include "models/text/tokenizer_json.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace ww {

namespace {

std::vector<BpeModel::NamedMerge> read_merges(const JsonNode& node) {
  std::vector<BpeModel::NamedMerge> merges;
  for (const auto& merge : node.list()) {
    const auto where = fmt::format("{}: merge {}", node.where(), merges.size());
    if (merge.is_string()) {
      const auto& text = merge.get_ref<const std::string&>();
      if (!text.starts_with("#version")) add_merge(text, where, merges);
      continue;
    }
    check(merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string(),
          "{} is no pair of pieces",
          where);
    const auto rank = static_cast<uint32_t>(merges.size());
    merges.push_back(
        {merge[0].get_ref<const std::string&>(), merge[1].get_ref<const std::string&>(), rank});
  }
  return merges;
}

void check_model_type(const JsonNode& node) {
  // Files before the library's version 0.14 do not say the type; only BPE has merges.
  const auto type = node.text_or("type", node.has("merges") ? "BPE" : "of an unnamed type");
  check(
      type == "BPE", "{} is {}; this program reads BPE with merges; use --ids", node.where(), type);
}

BpeModel read_model(const JsonNode& node, const std::string& file) {
  check_model_type(node);
  node.only({"type",
             "dropout",
             "unk_token",
             "continuing_subword_prefix",
             "end_of_word_suffix",
             "fuse_unk",
             "byte_fallback",
             "ignore_merges",
             "vocab",
             "merges"});
  check(!node.has("dropout") || node.at("dropout").value() == 0,
        "{} has a dropout: its ids are drawn at random; use --ids",
        node.where());
  for (const auto* affix : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    const auto text = node.text_or(affix, "");
    check(text.empty(),
          "{} has the {} '{}', which is not supported; use --ids",
          node.where(),
          affix,
          text);
  }
  return {read_pieces(node.at("vocab")),
          read_merges(node.at("merges")),
          {.unknown = node.text_or("unk_token", ""),
           .byte_fallback = node.flag_or("byte_fallback", false),
           .fuse_unknown = node.flag_or("fuse_unk", false),
           .ignore_merges = node.flag_or("ignore_merges", false)},
          file};
}

AddedTokens read_added(const JsonNode& root,
                       const BpeModel& model,
                       const Normaliser& normaliser,
                       const std::string& file) {
  if (!root.has("added_tokens")) return {};
  std::vector<AddedToken> tokens;
  for (const auto& node : root.at("added_tokens").items()) {
    tokens.push_back(read_added_token(node, node.at("id").id()));
  }
  return place_added(std::move(tokens), model, normaliser, file);
}

PieceDecoder read_decoder(const JsonNode& root, bool byte_level) {
  static const nlohmann::json bytes = {{"type", "ByteLevel"}};
  if (root.has("decoder")) return PieceDecoder(root.at("decoder"));
  return byte_level ? PieceDecoder(JsonNode(bytes, {})) : PieceDecoder();
}

/// What begins a text where the post-processor does not say: the token that a file beside this one
/// names.
int32_t named_bos(const std::filesystem::path& path, const BpeParts& parts) {
  for (const auto* name : {"tokenizer_config.json", "special_tokens_map.json"}) {
    const auto beside = path.parent_path() / name;
    if (!std::filesystem::exists(beside)) continue;
    const auto config = read_json(beside);
    const auto token = read_bos_token({config, beside.string()});
    if (!token.empty()) return id_of(token, parts.added, parts.model);
  }
  return -1;
}

/// Keys that may be absent count as null.
JsonNode part_of(const JsonNode& root, const char* key) {
  static const nlohmann::json null;
  return root.has(key) ? root.at(key) : JsonNode(null, {});
}

}  // namespace

IdOfText read_pieces(const JsonNode& node) {
  IdOfText pieces;
  pieces.reserve(node.object().size());
  for (const auto& [text, id] : node.object().items()) {
    const bool plain = id.is_number_unsigned() && id.get<uint64_t>() < (1U << 30);
    pieces.emplace(text, plain ? id.get<int32_t>() : node.at(text).id());
  }
  return pieces;
}

void add_merge(std::string_view text,
               const std::string& where,
               std::vector<BpeModel::NamedMerge>& merges) {
  const auto space = text.find(' ');
  const bool two = space != std::string_view::npos && space > 0 && space + 1 < text.size() &&
                   text.find(' ', space + 1) == std::string_view::npos;
  check(two, "{} is no pair of pieces but '{}'", where, text);
  const auto rank = static_cast<uint32_t>(merges.size());
  merges.push_back({text.substr(0, space), text.substr(space + 1), rank});
}

AddedTokens place_added(std::vector<AddedToken> tokens,
                        const BpeModel& model,
                        const Normaliser& normaliser,
                        const std::string& file) {
  const auto size = static_cast<int32_t>(model.size());
  int32_t largest = -1;
  for (const auto& token : tokens) {
    const auto piece = model.find(token.content);
    const auto due = piece >= 0 ? piece : std::max(size, largest + 1);
    check(token.id == due,
          "{}: says the id {} for the added token '{}', where {} is due; use --ids",
          file,
          token.id,
          token.content,
          due);
    largest = std::max(largest, due);
  }
  return {std::move(tokens), normaliser, file};
}

std::string read_bos_token(const JsonNode& node) {
  if (!node.has("bos_token")) return {};
  const auto token = node.at("bos_token");
  return token.value().is_object() ? token.at("content").text() : token.text();
}

int32_t id_of(const std::string& text, const AddedTokens& added, const BpeModel& model) {
  const auto* token = added.with_content(text);
  return token ? token->id : model.find(text);
}

std::unique_ptr<Tokenizer> read_tokenizer_json(const std::filesystem::path& path) {
  const auto file = path.string();
  const auto json = read_json(path);
  const JsonNode root(json, file);
  check(root.object().contains("model"), "{}: has no 'model'; is it a tokenizer.json?", file);
  root.only({"version",
             "truncation",
             "padding",
             "added_tokens",
             "normalizer",
             "pre_tokenizer",
             "post_processor",
             "decoder",
             "model"});
  Normaliser normaliser(part_of(root, "normalizer"));
  PreTokenizer pre_tokenizer(part_of(root, "pre_tokenizer"));
  auto model = read_model(root.at("model"), file);
  auto added = read_added(root, model, normaliser, file);
  auto decoder = read_decoder(root, pre_tokenizer.byte_level());
  BpeParts parts{"tokenizer.json",
                 std::move(model),
                 std::move(normaliser),
                 std::move(pre_tokenizer),
                 std::move(added),
                 std::move(decoder),
                 read_post_processor(part_of(root, "post_processor"))};
  check(!parts.bos.adds || parts.knows(parts.bos.id),
        "{}: 'post_processor' adds the id {}, which is no piece",
        file,
        parts.bos.id);
  if (!parts.bos.adds) parts.bos.id = named_bos(path, parts);
  return std::make_unique<BpeTokenizer>(std::move(parts));
}

}  // namespace ww
