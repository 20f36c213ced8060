#include "models/load.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "base/check.hpp"
#include "models/checkpoint.hpp"
#include "models/formats/formats.hpp"
#include "models/formats/huggingface.hpp"
#include "models/formats/manifest.hpp"
#include "models/fused/choice.hpp"
#include "models/mapped_source.hpp"

namespace ww {

namespace {

at::Tensor as_long(const std::vector<int32_t>& ids) {
  const auto count = static_cast<int64_t>(ids.size());
  return at::from_blob(const_cast<int32_t*>(ids.data()), {count}, at::kInt).to(at::kLong);
}

std::vector<FrequencyTable> tables_of(const std::vector<RopeScaling>& ropes,
                                      int64_t tokens,
                                      const std::string& where) {
  std::vector<FrequencyTable> tables;
  for (const auto& rope : ropes) tables.push_back(frequency_table(rope, tokens, where));
  return tables;
}

Decoder on_kernels(Decoder model) {
  model.compute_with(engine_for_any(model));
  return model;
}

Loaded load_source(const std::filesystem::path& path, const LoadOptions& options) {
  auto source = read_source(path);
  check(source.headless.empty() || options.allow_headless,
        "{}; `probe` measures its queries and keys",
        source.headless);
  if (!source.ropes.empty()) source.config.tables = tables_of(source.ropes, 0, path.string());
  const auto config = source.config;
  std::map<std::string, std::string> types;
  for (const auto& [name, view] : source.weights.tensors) types[name] = view.type_name;
  auto format = source.format, family = source.family;
  auto paths = source.paths;
  auto notes = source.notes;
  auto ropes = source.ropes;
  auto headless = source.headless;
  auto mapped = std::make_shared<MappedSource>(std::move(source),
                                               parameter_specs(config, path.string()),
                                               options.tensors,
                                               options.allow_unused);
  return {on_kernels(Decoder(config, std::move(mapped), options.tensors)),
          std::move(format),
          std::move(family),
          std::move(paths),
          std::move(types),
          std::move(notes),
          std::move(ropes),
          {},
          -1,
          std::move(headless)};
}

bool is_run_folder(const std::filesystem::path& path) {
  const auto config = path / "config.json";
  return std::filesystem::is_directory(path) && std::filesystem::exists(config) &&
         !is_huggingface(path) && !is_manifest(path);
}

}  // namespace

Loaded load_checkpoint(const std::filesystem::path& path, const LoadOptions& options) {
  check(std::filesystem::exists(path), "{}: does not exist", path.string());
  if (!is_run_folder(path)) return load_source(path, options);
  Loaded loaded{on_kernels(load_model(path, options.tensors)),
                "whatwhere-model",
                "whatwhere",
                {path / "model.safetensors"},
                {},
                {},
                {},
                run_options_from(load_config(path), (path / "config.json").string()),
                model_step(path)};
  for (const auto& spec : loaded.model.parameters().specs()) loaded.types[spec.name] = "F32";
  return loaded;
}

bool frequencies_differ(const Loaded& loaded, int64_t tokens, int64_t others) {
  if (loaded.ropes.empty()) return false;
  const auto where = loaded.weights.front().string();
  return tables_of(loaded.ropes, tokens, where) != tables_of(loaded.ropes, others, where);
}

void set_text_length(Loaded& loaded, int64_t tokens) {
  const bool depends = std::ranges::any_of(
      loaded.ropes, [](const RopeScaling& rope) { return rope.depends_on_text(); });
  if (!depends) return;
  auto config = loaded.model.config();
  config.tables = tables_of(loaded.ropes, tokens, loaded.weights.front().string());
  loaded.model = with_config(loaded.model, config);
}

Decoder with_config(const Decoder& model, const ModelConfig& config) {
  const bool plain = model.engine().compute == Compute::plain;
  const auto ready = [&](Decoder other) {
    return plain ? std::move(other) : on_kernels(std::move(other));
  };
  if (model.source()) return ready(Decoder(config, model.source(), model.options()));
  const c10::NoGradGuard no_grad;
  Decoder other(config, model.options());
  other.parameters().values().copy_(model.parameters().values());
  return ready(std::move(other));
}

Input text_input(const std::vector<int32_t>& ids, at::Device device) {
  return {as_long(ids).unsqueeze(0).to(device),
          at::arange(static_cast<int64_t>(ids.size()), at::kLong),
          {},
          {}};
}

}  // namespace ww
