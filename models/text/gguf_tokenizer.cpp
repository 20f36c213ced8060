#include "models/text/gguf_tokenizer.hpp"

#include <cmath>

#include "base/check.hpp"
#include "models/formats/gguf.hpp"
#include "models/text/characters.hpp"
#include "models/text/known_pipelines.hpp"
#include "models/text/llama_bpe.hpp"
#include "models/text/tokenizer_json.hpp"

namespace ww {

namespace {

constexpr const char* kPre = "tokenizer.ggml.pre";

/// What a token is: the values of `tokenizer.ggml.token_type`.
enum class Kind { normal = 1, unknown = 2, control = 3, user_defined = 4, unused = 5, byte = 6 };

struct Token {
  std::string text;
  Kind kind;
  /// Found as it is spelled, and never what merging ends in.
  bool is_added() const {
    return kind == Kind::unknown || kind == Kind::control || kind == Kind::user_defined;
  }
};

std::vector<Token> read_tokens(const JsonNode& root) {
  const auto texts = root.at("tokenizer.ggml.tokens");
  const bool typed = root.has("tokenizer.ggml.token_type");
  std::vector<Token> tokens;
  texts.each([&](const JsonNode& text) { tokens.push_back({text.text(), Kind::normal}); });
  if (!typed) return tokens;
  const auto kinds = root.at("tokenizer.ggml.token_type");
  check(kinds.list().size() == tokens.size(),
        "{} has {} entries for {} tokens",
        kinds.where(),
        kinds.list().size(),
        tokens.size());
  size_t i = 0;
  kinds.each([&](const JsonNode& node) {
    const auto kind = node.id();
    check(kind >= 1 && kind <= 6, "{} is {}, which is no type of token", node.where(), kind);
    tokens[i++].kind = static_cast<Kind>(kind);
  });
  return tokens;
}

AddedTokens added_tokens(const std::vector<Token>& tokens, const std::string& file) {
  std::vector<AddedToken> added;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (!tokens[i].is_added() || tokens[i].text.empty()) continue;
    added.push_back({.id = static_cast<int32_t>(i),
                     .content = tokens[i].text,
                     .special = tokens[i].kind != Kind::user_defined});
  }
  return {std::move(added), Normaliser(), file};
}

/// `fallback` is what the model does where the file is silent.
BosPolicy read_bos(const JsonNode& root,
                   const std::string& file,
                   size_t tokens,
                   BosPolicy fallback) {
  const auto* const key = "tokenizer.ggml.bos_token_id";
  const auto id = root.has(key) ? root.at(key).id() : fallback.id;
  check(id < static_cast<int64_t>(tokens), "{}: '{}' is no token", file, key);
  check(!root.flag_or("tokenizer.ggml.add_eos_token", false),
        "{}: its tokenizer ends texts with EOS, which is not supported; use --ids",
        file);
  const bool adds = root.flag_or("tokenizer.ggml.add_bos_token", fallback.adds);
  check(!adds || id >= 0, "{}: its tokenizer adds a BOS but does not say which", file);
  return {id, adds};
}

/// The ids of <0x00> .. <0xFF>, wherever they stand.
std::array<int32_t, 256> byte_ids(const std::vector<Token>& tokens, const std::string& file) {
  IdOfText ids;
  for (size_t i = 0; i < tokens.size(); ++i) ids.emplace(tokens[i].text, static_cast<int32_t>(i));
  std::array<int32_t, 256> bytes{};
  for (size_t byte = 0; byte < bytes.size(); ++byte) {
    const auto name = fmt::format("<0x{:02X}>", byte);
    const auto found = ids.find(name);
    check(found != ids.end(), "{}: its tokenizer has no piece '{}'", file, name);
    bytes[byte] = found->second;
  }
  return bytes;
}

std::unique_ptr<Tokenizer> read_llama(const JsonNode& root, const std::string& file) {
  const auto tokens = read_tokens(root);
  const auto scores = root.at("tokenizer.ggml.scores");
  check(scores.list().size() == tokens.size(),
        "{}: its tokenizer has {} pieces and {} scores",
        file,
        tokens.size(),
        scores.list().size());
  LlamaBpeOptions options;
  options.bytes = byte_ids(tokens, file);
  options.bos = read_bos(root, file, tokens.size(), {1, true});
  options.mark_is_space = true;
  options.space_prefix = root.flag_or("tokenizer.ggml.add_space_prefix", true);
  options.added = added_tokens(tokens, file);
  std::vector<Piece> pieces;
  for (const auto& [text, kind] : tokens) {
    const auto& score = scores.value()[pieces.size()];
    check(score.is_number() && std::isfinite(score.get<float>()),
          "{}[{}] is no finite number",
          scores.where(),
          pieces.size());
    // Spaces are marks by the time that pieces merge: what is spelled with a space is only found
    // whole.
    const bool possible =
        kind == Kind::normal || kind == Kind::user_defined || kind == Kind::unused;
    const bool merges = possible && text.find(' ') == std::string::npos;
    pieces.push_back({replace_all(text, kSpaceMark, " "), score.get<float>(), merges});
  }
  for (const auto byte : options.bytes) pieces[static_cast<size_t>(byte)].merges = false;
  return std::make_unique<LlamaBpe>(std::move(pieces), std::move(options));
}

std::unique_ptr<Tokenizer> read_gpt2(const JsonNode& root, const std::string& file) {
  const auto pre = root.text_or(kPre, "default");  // where none is named, as for llama.cpp
  const auto& pipeline =
      known_pipeline(&KnownPipeline::pres, pre, fmt::format("{}: '{}'", file, kPre));
  const auto tokens = read_tokens(root);
  IdOfText pieces;
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].is_added() || tokens[i].kind == Kind::unused) continue;
    const auto fresh = pieces.emplace(tokens[i].text, static_cast<int32_t>(i)).second;
    check(fresh, "{}: its tokenizer has the piece '{}' twice", file, tokens[i].text);
  }
  const auto& merge_list = root.at("tokenizer.ggml.merges").list();
  std::vector<BpeModel::NamedMerge> merges;
  for (const auto& merge : merge_list) {
    const auto where = fmt::format("{}: merge {}", file, merges.size());
    check(merge.is_string(), "{} is no text", where);
    add_merge(merge.get_ref<const std::string&>(), where, merges);
  }
  static const nlohmann::json bytes = {{"type", "ByteLevel"}};
  return std::make_unique<BpeTokenizer>(
      BpeParts{fmt::format("GGUF, {}", pre),
               BpeModel(std::move(pieces), merges, {.ignore_merges = pipeline.ignore_merges}, file),
               Normaliser(JsonNode(pipeline.normalizer, file)),
               PreTokenizer(JsonNode(pipeline.pre_tokenizer, file)),
               added_tokens(tokens, file),
               PieceDecoder(JsonNode(bytes, file)),
               read_bos(root, file, tokens.size(), {-1, pipeline.adds_bos})});
}

}  // namespace

std::unique_ptr<Tokenizer> read_gguf_tokenizer(const std::filesystem::path& path) {
  const auto file = read_gguf_container(path);
  const auto where = path.string();
  const JsonNode root(file.metadata, where);
  const auto model = root.text_or("tokenizer.ggml.model", "none");
  if (model == "llama") return read_llama(root, where);
  if (model == "gpt2") return read_gpt2(root, where);
  refuse("{}: its tokenizer is '{}'; this program reads: llama, gpt2; use --ids", where, model);
}

}  // namespace ww
