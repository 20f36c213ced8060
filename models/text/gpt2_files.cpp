#include "models/text/gpt2_files.hpp"

#include <algorithm>
#include <cstring>

#include "base/check.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "models/text/known_pipelines.hpp"
#include "models/text/tokenizer_json.hpp"

namespace ww {

namespace {

struct Pair {
  const char *pieces, *merges;
};
/// Names, which may have something before them ("gpt2-vocab.json").
constexpr Pair kPairs[] = {{"vocab.json", "merges.txt"}, {"encoder.json", "vocab.bpe"}};

struct Files {
  std::filesystem::path pieces, merges;
};

Files partners(const std::filesystem::path& path) {
  const auto name = path.filename().string();
  const auto with = [&](const char* ending, const char* other) {
    return path.parent_path() / (name.substr(0, name.size() - std::strlen(ending)) + other);
  };
  for (const auto& [pieces, merges] : kPairs) {
    if (name.ends_with(pieces)) return {path, with(pieces, merges)};
    if (name.ends_with(merges)) return {with(merges, pieces), path};
  }
  refuse("{}: is called neither vocab.json, merges.txt, encoder.json nor vocab.bpe", path.string());
}

std::vector<BpeModel::NamedMerge> read_merge_lines(std::string_view text, const std::string& file) {
  std::vector<BpeModel::NamedMerge> merges;
  for (size_t begin = 0, number = 1; begin < text.size(); ++number) {
    const auto end = std::min(text.find('\n', begin), text.size());
    auto line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool tail = line.empty() && text.find_first_not_of("\r\n", end) == std::string_view::npos;
    if (tail || line.starts_with("#version")) continue;
    add_merge(line, fmt::format("{}: line {}", file, number), merges);
  }
  return merges;
}

/// tokenizer_config.json beside the files, or an empty object.
nlohmann::json read_config(const std::filesystem::path& path) {
  return std::filesystem::exists(path) ? read_json(path) : nlohmann::json::object();
}

/// The class may have "Fast" at its end.
const KnownPipeline& pipeline_of(const JsonNode& config) {
  auto name = config.text_or("tokenizer_class", "GPT2Tokenizer");
  if (name.ends_with("Fast")) name.resize(name.size() - 4);
  return known_pipeline(&KnownPipeline::classes, name, config.where() + ": its tokenizer_class");
}

AddedTokens read_added(const JsonNode& config,
                       const KnownPipeline& pipeline,
                       const BpeModel& model,
                       const Normaliser& normaliser,
                       const Files& files) {
  std::vector<AddedToken> tokens;
  const auto lone = files.pieces.parent_path() / "added_tokens.json";
  check(config.has("added_tokens_decoder") || !std::filesystem::exists(lone),
        "{}: does not say how its tokens are matched; use tokenizer.json or --ids",
        lone.string());
  if (config.has("added_tokens_decoder")) {
    const auto decoder = config.at("added_tokens_decoder");
    for (const auto& [id, token] : decoder.object().items()) {
      const nlohmann::json number = parse_integer(id, decoder.where());
      tokens.push_back(read_added_token(decoder.at(id), JsonNode(number, decoder.where()).id()));
    }
    std::ranges::sort(tokens, {}, &AddedToken::id);
  } else if (const auto id = model.find(pipeline.end); id >= 0) {
    tokens.push_back({.id = id, .content = pipeline.end, .special = true});
  }
  return place_added(std::move(tokens), model, normaliser, files.pieces.string());
}

BosPolicy read_bos(const JsonNode& config,
                   const KnownPipeline& pipeline,
                   const AddedTokens& added,
                   const BpeModel& model) {
  const bool silent = !config.object().contains("bos_token");
  const auto named = silent ? pipeline.bos : read_bos_token(config);
  BosPolicy bos{named.empty() ? -1 : id_of(named, added, model),
                config.flag_or("add_bos_token", false)};
  check(!bos.adds || bos.id >= 0,
        "{} says add_bos_token, but its bos_token '{}' is no piece",
        config.where(),
        named);
  check(!config.flag_or("add_eos_token", false),
        "{} says add_eos_token, which is not supported; use --ids",
        config.where());
  return bos;
}

}  // namespace

bool is_gpt2_file(const std::filesystem::path& path) {
  const auto name = path.filename().string();
  return std::ranges::any_of(
      kPairs, [&](const Pair& p) { return name.ends_with(p.pieces) || name.ends_with(p.merges); });
}

std::unique_ptr<Tokenizer> read_gpt2_files(const std::filesystem::path& path) {
  const auto files = partners(path);
  const auto& missing = files.pieces == path ? files.merges : files.pieces;
  check(std::filesystem::exists(missing),
        "{}: needs {} beside it",
        path.string(),
        missing.filename().string());
  const auto config_path = path.parent_path() / "tokenizer_config.json";
  const auto config_json = read_config(config_path);
  const JsonNode config(config_json, config_path.string());
  const auto& pipeline = pipeline_of(config);
  auto pre = pipeline.pre_tokenizer;
  const bool prefix = config.flag_or("add_prefix_space", false);
  auto& last = pre.contains("pretokenizers") ? pre["pretokenizers"].back() : pre;
  last["add_prefix_space"] = prefix;

  const auto json = read_json(files.pieces);
  const auto lines = read_file(files.merges);
  const auto file = files.pieces.string();
  BpeModel model(read_pieces({json, file}),
                 read_merge_lines(lines, files.merges.string()),
                 {.ignore_merges = pipeline.ignore_merges},
                 file);
  Normaliser normaliser(JsonNode(pipeline.normalizer, file));
  auto added = read_added(config, pipeline, model, normaliser, files);
  const auto bos = read_bos(config, pipeline, added, model);
  static const nlohmann::json bytes = {{"type", "ByteLevel"}};
  return std::make_unique<BpeTokenizer>(BpeParts{files.pieces.filename().string(),
                                                 std::move(model),
                                                 std::move(normaliser),
                                                 PreTokenizer(JsonNode(pre, file)),
                                                 std::move(added),
                                                 PieceDecoder(JsonNode(bytes, file)),
                                                 bos});
}

}  // namespace ww
