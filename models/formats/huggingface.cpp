#include "models/formats/huggingface.hpp"

#include <algorithm>
#include <map>

#include "base/check.hpp"
#include "base/text.hpp"
#include "models/config_json.hpp"
#include "models/formats/families.hpp"
#include "models/formats/pytorch.hpp"
#include "models/formats/safetensors.hpp"
#include "models/formats/tensor_names.hpp"

namespace ww {

namespace {

namespace fs = std::filesystem;

/// What an index says: the names of the tensors in each shard.
std::map<std::string, std::vector<std::string>> shards_of(const fs::path& index) {
  const auto where = index.string();
  const auto object = parse_json(read_file(index), where);
  std::map<std::string, std::vector<std::string>> shards;
  for (const auto& [tensor, shard] : member(object, "weight_map", where).items()) {
    check(shard.is_string(), "{}: \"{}\" names no file", where, tensor);
    const auto name = shard.get<std::string>();
    const auto path = fs::path(name).lexically_normal();
    check(!name.empty(), "{}: \"{}\" names no file", where, tensor);
    check(path.is_relative() && *path.begin() != "..",
          "{}: the shard '{}' lies outside the folder",
          where,
          name);
    shards[name].push_back(tensor);
  }
  check(!shards.empty(), "{}: names no shard", where);
  return shards;
}

/// Adds a file's tensors, among which those of the `expected` names must be.
void add_file(SourceModel& source,
              const fs::path& path,
              const std::vector<std::string>& expected = {}) {
  auto file = read_weight_file(path);
  source.paths.push_back(path);
  source.format = is_pytorch(path) ? "pytorch" : "safetensors";
  for (const auto& name : expected) {
    check(file.tensors.contains(name) || file.tensors.contains(without_wrappers(name)) ||
              is_beside_text(without_wrappers(name)),
          "{}: the index says that it holds \"{}\", but it does not",
          path.string(),
          name);
  }
  auto& all = source.weights;
  all.files.insert(all.files.end(), file.files.begin(), file.files.end());
  all.notes.insert(all.notes.end(), file.notes.begin(), file.notes.end());
  for (auto& [name, view] : file.tensors) {
    const auto [twin, fresh] = all.tensors.emplace(name, view);
    check(fresh || same_tensor(twin->second, view),
          "{}: has \"{}\", which another shard has with other values",
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
    for (const auto& [shard, names] : shards) add_file(source, folder / shard, names);
    return;
  }
  check(!file.empty(),
        "{}: has neither model.safetensors nor pytorch_model.bin, nor an index of either; name the "
        "file of weights",
        folder.string());
  add_file(source, file);
}

/// A head that is stored counts, whatever the configuration says of it, as for transformers;
/// without one the head is the embedding, where the configuration or its class says so. Returns why
/// there is none, a sentence, or nothing.
std::string settle_head(FamilyModel& family, WeightFile& weights, const std::string& where) {
  auto& names = family.names;
  auto& tensors = weights.tensors;
  const auto head = tensors.find(names.head + ".weight");
  const auto embedding = tensors.find(names.embed + ".weight");
  if (head == tensors.end()) {
    if (family.config.tied) return {};
    family.config.tied = true;  // something must stand there; nobody asks it anything
    family.config.head_bias &= tensors.contains(names.head + ".bias");
    return fmt::format(
        "{}: there is no tensor '{}.weight', and \"tie_word_embeddings\" is false, by the "
        "configuration or its default: the file is a backbone without its head",
        where,
        names.head);
  }
  if (family.config.tied && embedding != tensors.end()) {
    family.config.tied = same_tensor(head->second, embedding->second);
    if (family.config.tied) {
      tensors.erase(head);
    } else {
      family.notes.push_back(where +
                             ": \"tie_word_embeddings\" is true, but the stored head differs from "
                             "the embedding; the stored head counts");
    }
  }
  return {};
}

/// The head has had two names in some families.
void settle_head_name(FamilyModel& family, const WeightFile& weights) {
  auto& names = family.names;
  for (const auto* const name : {"lm_head", "embed_out"}) {
    if (weights.tensors.contains(names.head + ".weight")) return;
    if (weights.tensors.contains(name + std::string(".weight"))) names.head = name;
  }
}

/// A pair that is tied may be stored as the head alone.
void settle_embedding(const FamilyModel& family, WeightFile& weights) {
  const auto head = weights.tensors.find(family.names.head + ".weight");
  const auto embed = family.names.embed + ".weight";
  if (!family.config.tied || weights.tensors.contains(embed) || head == weights.tensors.end())
    return;
  weights.tensors[embed] = head->second;
}

/// Trained changes beside a model act only once they are merged into it.
void note_adapter(SourceModel& source, const fs::path& folder) {
  if (!fs::exists(folder / "adapter_config.json")) return;
  source.notes.push_back(fmt::format(
      "{}: the adapter beside the model is not applied; merge it first with Python's peft: "
      "PeftModel.from_pretrained(model, FOLDER).merge_and_unload().save_pretrained(OTHER)",
      (folder / "adapter_config.json").string()));
}

/// config.json as Python writes it: NaN and Infinity may stand in it.
nlohmann::json read_config(const fs::path& path) {
  return parse_json(without_python_numbers(read_file(path)), path.string());
}

SourceModel read_parts(const fs::path& folder, const fs::path& file) {
  const auto config_path = folder / "config.json";
  const auto config = read_config(config_path);
  auto family = read_family(config, config_path.string());
  SourceModel source;
  source.family = (config.contains("text_config") ? config.at("text_config") : config)
                      .at("model_type")
                      .get<std::string>();
  read_weights(source, folder, file);
  use_family_names(source.weights, family.names, source.paths.front().string());
  settle_head_name(family, source.weights);
  settle_embedding(family, source.weights);
  source.headless = settle_head(family, source.weights, config_path.string());
  source.config = std::move(family.config);
  source.ropes = std::move(family.ropes);
  source.notes = std::move(family.notes);
  source.notes.insert(source.notes.end(), source.weights.notes.begin(), source.weights.notes.end());
  note_adapter(source, folder);
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
  const auto text = without_python_numbers(read_file(path));
  check_json(text, path.string());
  const auto config = json_or_null(text);
  return config.is_object() && (config.contains("model_type") || config.contains("text_config"));
}

SourceModel read_huggingface(const fs::path& folder) { return read_parts(folder, {}); }

SourceModel read_huggingface_file(const fs::path& file) {
  return read_parts(file.has_parent_path() ? file.parent_path() : ".", file);
}

}  // namespace ww
