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
void check_capture(const Capture& capture, double layout_gain, bool trust_layout) {
  const auto worst = std::ranges::max_element(capture.logit_errors);
  check(*worst <= kLogitErrorLimit,
        "self-check: layer {}: logits off by {:.2g} of their bound (limit {:.0e}); nothing written",
        worst - capture.logit_errors.begin(),
        *worst,
        kLogitErrorLimit);
  check(layout_gain <= kLayoutGainLimit || trust_layout,
        "self-check: with pairs in the other layout the loss is {:.2f} nats/token lower (limit "
        "{:.2f}); nothing written; --trust-layout overrides",
        layout_gain,
        kLayoutGainLimit);
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
                    const Capture& capture,
                    double layout_gain) {
  const nlohmann::json check = {{"logit_error_per_layer", capture.logit_errors},
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

ProbeReport report_of(const Capture& capture) {
  ProbeReport report;
  double loss = 0, predictions = 0;
  for (const auto& text : capture.texts) {
    report.tokens += text.tokens;
    if (text.predictions == 0) continue;
    loss += text.loss * static_cast<double>(text.predictions);
    predictions += static_cast<double>(text.predictions);
  }
  report.texts = static_cast<int64_t>(capture.texts.size());
  report.loss = loss / predictions;
  report.logit_error = *std::ranges::max_element(capture.logit_errors);
  return report;
}

}  // namespace

ProbeReport probe(const ProbeOptions& options, const ProbeProgress& progress) {
  const auto averaging = averaging_of(options.averaging);
  const auto device = choose_device(options.device);
  const auto loaded = load_checkpoint(
      options.checkpoint, {at::TensorOptions(at::kFloat).device(device), options.allow_unused});
  check(loaded.model.encoding(0).theta().defined(),
        "{}: its encoding '{}' has no frequencies to measure; probe a model with rope or pope",
        options.checkpoint.string(),
        loaded.model.config().encoding);
  const auto inputs = read_inputs(options.input, loaded, options.checkpoint);
  const auto captured = capture(loaded.model, inputs, options.include_position0, progress);
  const auto& first = inputs.texts.front().windows.front();
  const double gain = first.answer < 0 ? other_layout_gain(loaded.model, first.ids) : 0;
  check_capture(captured, gain, options.trust_layout);
  ProbeFile file;
  add_identity(file, options, loaded, inputs);
  add_provenance(file, options, loaded, captured, gain);
  add_usage(file, loaded.model, inputs, captured, averaging);
  write_probe_file(options.out, file);
  return report_of(captured);
}

}  // namespace ww
