#include "probes/probe.hpp"

#include <ATen/TensorOperators.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ctime>
#include <set>

#include "base/check.hpp"
#include "base/files.hpp"
#include "base/sha256.hpp"
#include "models/config_json.hpp"
#include "models/device.hpp"
#include "probes/metrics.hpp"
#include "probes/selfcheck.hpp"
#include "probes/usage_file.hpp"

namespace ww {

namespace {

constexpr double kLayoutGainLimit = 0.05;  // nats per token

Averaging averaging_of(const std::string& name) {
  check(
      name == "micro" || name == "macro", "--averaging must be micro or macro but got '{}'", name);
  return name == "micro" ? Averaging::micro : Averaging::macro;
}

/// Refuses where the rebuilt logits of any layer, or the layout, show that something was misread.
void check_statistics(const Statistics& statistics, double layout_gain, bool trust_layout) {
  for (size_t l = 0; l < statistics.layers.size(); ++l) {
    check(
        statistics.layers[l].logit_error <= kLogitErrorLimit,
        "self-check: layer {}: logits off by {:.2g} of their bound (limit {:.0e}); nothing written",
        l,
        statistics.layers[l].logit_error,
        kLogitErrorLimit);
  }
  check(layout_gain <= kLayoutGainLimit || trust_layout,
        "self-check: with pairs in the other layout the loss is {:.2f} nats/token lower (limit "
        "{:.2f}); nothing written; --trust-layout overrides",
        layout_gain,
        kLayoutGainLimit);
}

std::vector<double> logit_errors(const Statistics& statistics) {
  std::vector<double> errors;
  for (const auto& layer : statistics.layers) errors.push_back(layer.logit_error);
  return errors;
}

std::string utc_now() {
  const auto now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

/// Of one file its hash, of several that of their hashes one after the other.
std::string hash_of(const std::vector<std::filesystem::path>& files) {
  std::string hashes;
  for (const auto& path : files) {
    const MappedFile file(path);
    const auto bytes = file.bytes();
    hashes += sha256({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  return files.size() == 1 ? hashes : sha256(hashes);
}

/// "F32", or "F32, Q4_1" where the file mixes them.
std::string types_of(const Loaded& loaded) {
  std::set<std::string> types;
  for (const auto& [name, type] : loaded.types) types.insert(type);
  return fmt::format("{}", fmt::join(types, ", "));
}

void add_identity(ProbeFile& file,
                  const ProbeOptions& options,
                  const Loaded& loaded,
                  const Inputs& inputs) {
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
                          {"rotary_layout", layout ? config.encoding_options.layout : "none"},
                          {"averaging", options.averaging}};
  file.integer_attributes = {{"seed", loaded.run ? static_cast<int64_t>(loaded.run->seed) : 0},
                             {"bos_added", inputs.bos_added ? 1 : 0},
                             {"include_position0", options.include_position0 ? 1 : 0},
                             {"train_length", config.train_length},
                             {"training_step", loaded.training_step}};
}

void add_provenance(ProbeFile& file,
                    const ProbeOptions& options,
                    const Loaded& loaded,
                    const Statistics& statistics,
                    double layout_gain) {
  const nlohmann::json check = {{"logit_error_per_layer", logit_errors(statistics)},
                                {"logit_error_limit", kLogitErrorLimit},
                                {"other_layout_gain", layout_gain},
                                {"trust_layout", options.trust_layout}};
  const nlohmann::json versions = {{"whatwhere", options.code_version}};
  file.strings["provenance/config_json"] = {model_to_json(loaded.model.config()).dump()};
  file.strings["provenance/command"] = {options.command};
  file.strings["provenance/versions_json"] = {versions.dump()};
  file.strings["provenance/selfcheck_json"] = {check.dump()};
  file.strings["provenance/tensor_types_json"] = {nlohmann::json(loaded.types).dump()};
}

ProbeReport report_of(const Statistics& statistics) {
  ProbeReport report;
  const auto all = pooled(statistics.losses);
  report.texts = static_cast<int64_t>(statistics.losses.size());
  report.tokens = all.tokens;
  report.loss = all.mean();
  report.logit_error = std::ranges::max(logit_errors(statistics));
  return report;
}

Loaded load_for_probe(const ProbeOptions& options) {
  const auto device = choose_device(options.device);
  auto loaded = load_checkpoint(
      options.checkpoint, {at::TensorOptions(at::kFloat).device(device), options.allow_unused});
  check(loaded.model.encoding(0).theta().defined(),
        "{}: its encoding '{}' has no frequencies to measure; probe a model with rope or pope",
        options.checkpoint.string(),
        loaded.model.config().encoding);
  return loaded;
}

/// What must be collected for the chosen metrics.
CollectOptions collect_options(const ProbeOptions& options, const std::vector<MetricRow>& chosen) {
  CollectOptions collecting;
  collecting.include_position0 = options.include_position0;
  collecting.macro = options.averaging == "macro";
  for (const auto& row : chosen) {
    collecting.moments |= row.moments;
    collecting.patterns |= row.patterns;
  }
  return collecting;
}

}  // namespace

ProbeReport probe(const ProbeOptions& options, const ProbeProgress& progress) {
  const auto averaging = averaging_of(options.averaging);
  const auto chosen = chosen_metrics(options.metrics);
  check(options.train_length >= 0,
        "--train-length must not be negative but got {}",
        options.train_length);
  auto loaded = load_for_probe(options);
  const auto inputs = read_inputs(options.input, loaded, options.checkpoint);
  const auto& model = loaded.model;
  const auto statistics = collect(model, inputs, collect_options(options, chosen), progress);
  const auto& first = inputs.texts.front().windows.front();
  const double gain = first.answer < 0 ? other_layout_gain(model, first.ids) : 0;
  check_statistics(statistics, gain, options.trust_layout);
  ProbeFile file;
  add_identity(file, options, loaded, inputs);
  add_provenance(file, options, loaded, statistics, gain);
  add_usage(file, model, inputs, statistics, averaging);
  const auto known = model.config().train_length;
  const auto train_length = options.train_length > 0 ? options.train_length : known;
  for (const auto& row : chosen) row.write({model, statistics, averaging, train_length}, file);
  write_probe_file(options.out, file);
  return report_of(statistics);
}

}  // namespace ww
