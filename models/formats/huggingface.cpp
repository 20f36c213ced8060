#include "models/formats/huggingface.hpp"

#include <set>

#include "base/check.hpp"
#include "base/text.hpp"
#include "models/config_json.hpp"
#include "models/formats/families.hpp"
#include "models/formats/pytorch.hpp"
#include "models/formats/safetensors.hpp"

namespace ww {

namespace {

namespace fs = std::filesystem;

/// The shards that an index names, each once.
std::set<std::string> shards_of(const fs::path& index) {
  const auto where = index.string();
  const auto object = parse_json(read_file(index), where);
  std::set<std::string> shards;
  for (const auto& [tensor, shard] : member(object, "weight_map", where).items()) {
    check(shard.is_string(), "{}: \"{}\" names no file", where, tensor);
    const auto name = shard.get<std::string>();
    check(name.find('/') == std::string::npos && name.find("..") == std::string::npos,
          "{}: the shard '{}' lies outside the folder",
          where,
          name);
    shards.insert(name);
  }
  check(!shards.empty(), "{}: names no shard", where);
  return shards;
}

void add_file(SourceModel& source, const fs::path& path) {
  auto file = read_weight_file(path);
  source.paths.push_back(path);
  source.format = is_pytorch(path) ? "pytorch" : "safetensors";
  auto& all = source.weights;
  all.files.insert(all.files.end(), file.files.begin(), file.files.end());
  for (auto& [name, view] : file.tensors) {
    check(all.tensors.emplace(name, view).second,
          "{}: has \"{}\", which another shard has too",
          path.string(),
          name);
  }
}

/// The file and the shards that an index names with it; without a file what the folder has.
void read_weights(SourceModel& source, const fs::path& folder, const fs::path& file) {
  for (const std::string name : {"model.safetensors", "pytorch_model.bin"}) {
    const auto index = folder / (name + ".index.json");
    if (file.empty() && fs::exists(folder / name)) return add_file(source, folder / name);
    if (!fs::exists(index)) continue;
    const auto shards = shards_of(index);
    if (!file.empty() && !shards.contains(file.filename().string())) continue;
    for (const auto& shard : shards) add_file(source, folder / shard);
    return;
  }
  check(!file.empty(),
        "{}: has neither model.safetensors nor pytorch_model.bin, nor an index of either; name the "
        "file of weights",
        folder.string());
  add_file(source, file);
}

/// Models of text beside other parts keep their tensors under a prefix of their own.
void strip_prefixes(WeightFile& weights) {
  const std::pair<std::string, std::string> prefixes[] = {{"model.language_model.", "model."},
                                                          {"language_model.", ""}};
  std::map<std::string, TensorView> renamed;
  for (auto& [name, view] : weights.tensors) {
    auto plain = name;
    for (const auto& [longer, shorter] : prefixes) {
      if (plain.starts_with(longer)) plain = shorter + plain.substr(longer.size());
    }
    renamed[plain] = std::move(view);
  }
  weights.tensors = std::move(renamed);
}

SourceModel read_parts(const fs::path& folder, const fs::path& file) {
  const auto config_path = folder / "config.json";
  const auto config = parse_json(read_file(config_path), config_path.string());
  auto family = read_family(config, config_path.string());
  SourceModel source;
  source.family = ConfigReader(config.contains("text_config") ? config.at("text_config") : config,
                               config_path.string())
                      .text("model_type");
  read_weights(source, folder, file);
  strip_prefixes(source.weights);
  // The head has had two names in some families; without any it is tied, whatever the
  // configuration says.
  for (const auto* const name : {"lm_head", "embed_out"}) {
    if (source.weights.tensors.contains(family.names.head + ".weight")) break;
    if (source.weights.tensors.contains(name + std::string(".weight"))) family.names.head = name;
  }
  if (!source.weights.tensors.contains(family.names.head + ".weight")) family.config.tied = true;
  if (family.config.tied) source.weights.tensors.erase(family.names.head + ".weight");
  source.config = std::move(family.config);
  source.ropes = std::move(family.ropes);
  source.stacks = stacks_of(family.names, source.config);
  return source;
}

}  // namespace

WeightFile read_weight_file(const fs::path& path) {
  return is_pytorch(path) ? read_pytorch(path) : read_safetensors(path);
}

bool is_huggingface(const fs::path& folder) {
  const auto path = folder / "config.json";
  if (!fs::is_directory(folder) || !fs::exists(path)) return false;
  const auto text = read_file(path);
  check_json(text, path.string());
  const auto config = nlohmann::json::parse(text, nullptr, false);
  return config.is_object() && (config.contains("model_type") || config.contains("text_config"));
}

SourceModel read_huggingface(const fs::path& folder) { return read_parts(folder, {}); }

SourceModel read_huggingface_file(const fs::path& file) {
  return read_parts(file.has_parent_path() ? file.parent_path() : ".", file);
}

}  // namespace ww
