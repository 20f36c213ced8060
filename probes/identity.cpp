#include "probes/identity.hpp"

#include <fmt/ranges.h>

#include <set>

#include "base/check.hpp"
#include "base/clock.hpp"
#include "base/sha256.hpp"
#include "models/config_json.hpp"
#include "probes/selfcheck.hpp"

namespace ww {

namespace {

/// Of one file its hash, of several that of their hashes one after the other.
std::string hash_of(const std::vector<std::filesystem::path>& files) {
  std::string hashes;
  for (const auto& path : files) hashes += sha256_of_file(path);
  return files.size() == 1 ? hashes : sha256(hashes);
}

/// "F32", or "F32, Q4_1" where the file mixes them.
std::string types_of(const Loaded& loaded) {
  std::set<std::string> types;
  for (const auto& [name, type] : loaded.types) types.insert(type);
  return fmt::format("{}", fmt::join(types, ", "));
}

}  // namespace

void add_identity(ProbeFile& file,
                  const ProbeOptions& options,
                  const Loaded& loaded,
                  const Inputs& inputs,
                  int64_t train_length) {
  const auto& config = loaded.model.config();
  const auto& row = encoding_row(config.encoding);
  const bool layout = row.reads("rope-layout");
  auto id = options.checkpoint;
  if (!id.has_filename()) id = id.parent_path();
  file.text_attributes = {{"title", fmt::format("Frequency usage of {}", id.filename().string())},
                          {"history", fmt::format("{} {}", utc_now(), options.command)},
                          {"creator", "whatwhere " + options.code_version},
                          {"created_utc", utc_now()},
                          {"model_id", id.filename().string()},
                          {"model_sha256", hash_of(loaded.weights)},
                          {"checkpoint_format", loaded.format},
                          {"weight_dtype", types_of(loaded)},
                          {"compute_dtype", "float32"},
                          {"device", loaded.model.options().device().str()},
                          {"pe_type", config.encoding},
                          {"pe_place", row.embedding == nullptr ? "scores" : "embedding"},
                          {"rotary_layout", layout ? config.encoding_options.layout : "none"},
                          {"averaging", options.averaging}};
  file.integer_attributes = {{"seed", loaded.run ? static_cast<int64_t>(loaded.run->seed) : 0},
                             {"bos_added", inputs.bos_added ? 1 : 0},
                             {"include_position0", options.include_position0 ? 1 : 0},
                             {"train_length", train_length},
                             {"training_step", loaded.training_step}};
}

/// Names out of files may be no UTF-8.
static std::string text_of(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void add_provenance(ProbeFile& file,
                    const ProbeOptions& options,
                    const Loaded& loaded,
                    const Inputs& inputs,
                    const Statistics& statistics,
                    const SelfCheck& found) {
  std::vector<double> errors;
  for (const auto& layer : statistics.layers) errors.push_back(layer.logit_error);
  auto left_out = nlohmann::json::object();
  for (const auto& [metric, why] : found.left_out) left_out[metric] = why;
  const nlohmann::json check = {{"logit_error_per_layer", errors},
                                {"logit_error_limit", kLogitErrorLimit},
                                {"other_layout_gain", found.vote.gain},
                                {"other_layout_tokens", found.vote.tokens},
                                {"other_layout_gain_error", found.vote.error},
                                {"other_layout_abstains", found.vote.abstains},
                                {"left_out", left_out},
                                {"trust_layout", options.trust_layout},
                                {"notes", inputs.notes}};
  const nlohmann::json versions = {{"whatwhere", options.code_version}};
  file.strings["provenance/config_json"] = {text_of(model_to_json(loaded.model.config()))};
  file.strings["provenance/command"] = {options.command};
  file.strings["provenance/versions_json"] = {text_of(versions)};
  file.strings["provenance/selfcheck_json"] = {text_of(check)};
  file.strings["provenance/tensor_types_json"] = {text_of(loaded.types)};
}

}  // namespace ww
