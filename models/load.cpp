#include "models/load.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <limits>

#include "base/check.hpp"
#include "models/checkpoint.hpp"
#include "models/formats/formats.hpp"

namespace ww {

namespace {

at::Tensor as_long(const std::vector<int32_t>& ids) {
  const auto count = static_cast<int64_t>(ids.size());
  return at::from_blob(const_cast<int32_t*>(ids.data()), {count}, at::kInt).to(at::kLong);
}

/// Fills one parameter with the file's tensors below each other.
void fill(at::Tensor target,
          const std::string& name,
          const SourceModel& source,
          const std::string& where) {
  const auto stack = source.stacks.find(name);
  check(stack != source.stacks.end(), "{}: nothing in it fills '{}'", where, name);
  std::vector<float> values;
  values.reserve(static_cast<size_t>(target.numel()));
  for (const auto& part : stack->second) {
    const auto rows = finite_values(where, part, source.weights.tensors.at(part));
    values.insert(values.end(), rows.begin(), rows.end());
  }
  check(static_cast<int64_t>(values.size()) == target.numel(),
        "{}: '{}' would take {} values but the file has {}",
        where,
        name,
        target.numel(),
        values.size());
  target.copy_(at::from_blob(values.data(), target.sizes(), at::kFloat));
}

Loaded load_source(const std::filesystem::path& path, at::TensorOptions options) {
  const c10::NoGradGuard no_grad;
  const auto source = read_source(path);
  Loaded loaded{Decoder(source.config, options), source.format, path, {}, -1};
  for (const auto& spec : loaded.model.parameters().specs()) {
    fill(loaded.model.parameters().at(spec.name), spec.name, source, path.string());
  }
  return loaded;
}

}  // namespace

Loaded load_checkpoint(const std::filesystem::path& path, at::TensorOptions options) {
  check(std::filesystem::exists(path), "{}: does not exist", path.string());
  if (!std::filesystem::is_directory(path)) return load_source(path, options);
  check(std::filesystem::exists(path / "config.json"),
        "{}: has no config.json; name a run's folder or a checkpoint file",
        path.string());
  Loaded loaded{load_model(path, options),
                "whatwhere-model",
                path / "model.safetensors",
                {},
                model_step(path)};
  loaded.run = run_options_from(load_config(path), (path / "config.json").string());
  return loaded;
}

Decoder with_config(const Decoder& model, const ModelConfig& config) {
  const c10::NoGradGuard no_grad;
  Decoder other(config, model.options());
  other.parameters().values().copy_(model.parameters().values());
  return other;
}

double text_loss(const at::Tensor& logits, const std::vector<int32_t>& ids) {
  if (ids.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  const auto predicted = static_cast<int64_t>(ids.size()) - 1;
  const auto next = as_long(ids).narrow(0, 1, predicted).to(logits.device());
  return at::cross_entropy_loss(logits[0].narrow(0, 0, predicted).to(at::kDouble), next)
      .item<double>();
}

Input text_input(const std::vector<int32_t>& ids, at::Device device) {
  return {as_long(ids).unsqueeze(0).to(device),
          at::arange(static_cast<int64_t>(ids.size()), at::kLong),
          {},
          {}};
}

}  // namespace ww
