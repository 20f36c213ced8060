#include "models/fused/choice.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/check.hpp"
#include "models/decoder.hpp"
#include "models/fused/device_attention.hpp"
#include "models/kernels/cuda/runtime.hpp"

namespace ww {

namespace {

constexpr int64_t kWidthStep = 16;             // floats of the widest vector
constexpr int64_t kMostLayers = 64;            // as kernels/vector/model.hpp
constexpr int64_t kMostSavedFloats = 1 << 18;  // 1 MB: what one string keeps of one block

/// What such a model's attention turns; an encoding object answers, its parameters left out.
std::optional<Rotation> rotation_of(const ModelConfig& c) {
  const auto nothing = [](const std::string&) { return at::Tensor(); };
  return encoding_row(c.encoding).make(setting_of(c, 0), nothing)->rotation();
}

bool any_window(const ModelConfig& c) {
  return std::ranges::any_of(c.windows, [](int64_t window) { return window > 0; });
}

/// The first part of a model that a block of the kernels does not have, in words; empty: none.
const char* foreign_part(const ModelConfig& c) {
  const std::pair<bool, const char*> parts[] = {
      {c.activation != "gelu" || c.gated, "the MLP must be gelu without a gate"},
      {c.norm != "rms" || !c.norm_weight || c.norm_bias, "norms must be rms with a weight alone"},
      {c.norm_place != "before" || c.parallel, "norms must stand before attention, then the MLP"},
      {c.qk_norm != "none", "queries and keys must not be normed"},
      {c.qkv_bias || c.out_bias || c.mlp_bias || c.head_bias, "there must be no biases"},
      {c.qkv_clip != 0, "queries, keys and values must not be clipped"},
      {c.attention_scale != 0, "attention must scale by the head width"},
      {c.score_cap != 0 || c.logit_cap != 0, "there must be no soft caps"},
      {c.embedding_scale != 1, "embeddings must not be scaled"},
      {any_window(c), "attention must have no window"},
      {!c.tables.empty(), "frequencies must be the encoding's own, not a checkpoint's"},
      {!rotation_of(c), "the encoding must turn every feature or pairs of them"},
  };
  for (const auto& [there, words] : parts) {
    if (there) return words;
  }
  return "";
}

/// Whether attention alone can run on the kernels, as can_fuse() asks of each call.
bool attends(const ModelConfig& c, at::TensorOptions options) {
  const auto type = c10::typeMetaToScalarType(options.dtype());
  return (type == at::kFloat || type == at::kBFloat16) && c.score_cap == 0 &&
         c.head_width % kWidthStep == 0 && rotation_of(c).has_value();
}

/// Attention alone, where a GPU that runs the kernels is there.
Engine engine_on_gpu(const ModelConfig& c, at::TensorOptions options) {
  const DeviceCase asked{.type = c10::typeMetaToScalarType(options.dtype()),
                         .head_width = c.head_width,
                         .rotation = rotation_of(c),
                         .cap = c.score_cap};
  if (!device_obstacle(asked).empty() || !kernels::cuda::runs_here()) return {};
  Engine engine{Compute::attention};
  engine.launchers = &kernels::cuda::kLaunchers;
  return engine;
}

}  // namespace

kernels::BlockShape block_shape(const ModelConfig& c, const Rotation& rotation) {
  return {c.width,
          c.heads,
          c.key_heads,
          c.head_width,
          c.hidden,
          rotation.kind,
          rotation.magnitude,
          static_cast<float>(c.norm_epsilon)};
}

std::string fused_obstacle(const ModelConfig& c, at::TensorOptions options) {
  if (options.device().type() != at::kCPU) return "they run on the CPU alone; use --device cpu";
  if (c10::typeMetaToScalarType(options.dtype()) != at::kFloat) {
    return "they are float32 alone; use --dtype float32";
  }
  if (const std::string part = foreign_part(c); !part.empty()) return part;
  if (c.layers > kMostLayers) return fmt::format("there may be {} layers at most", kMostLayers);
  for (const auto& [name, size] :
       {std::pair{"width", c.width}, {"head width", c.head_width}, {"hidden width", c.hidden}}) {
    if (size % kWidthStep == 0) continue;
    return fmt::format("the {} must be a multiple of {} but is {}", name, kWidthStep, size);
  }
  return {};
}

bool fits_cache(const kernels::BlockShape& shape, const kernels::Table& table, int64_t length) {
  kernels::Strings one{};
  one.count = 1;
  one.length = one.rows = length;
  return table.saved_floats(shape, one) <= kMostSavedFloats;
}

const char* compute_name(Compute compute) {
  constexpr const char* names[] = {"plain", "library", "attention", "fused"};
  return names[static_cast<size_t>(compute)];
}

Engine choose_engine(const std::string& word,
                     const ModelConfig& config,
                     at::TensorOptions options,
                     int64_t length) {
  check(word == "auto" || word == "fused" || word == "library" || word == "plain",
        "--kernels must be auto, fused, library or plain but got '{}'",
        word);
  const auto isa = kernels::chosen_isa();  // a wrong WHATWHERE_ISA is refused in any case
  if (word == "plain") return {};
  if (word == "library") return {Compute::library};
  const auto* const table = kernels::table_of(isa);
  if (word == "fused") {
    const auto reason = fused_obstacle(config, options);
    check(reason.empty(), "--kernels fused cannot run this model: {}", reason);
    check(table != nullptr,
          "--kernels fused: there are no vector kernels under WHATWHERE_ISA={}",
          kernels::isa_name(isa));
    return {Compute::fused, isa};
  }
  if (options.device().is_cuda()) return engine_on_gpu(config, options);
  if (table == nullptr) return {};
  const bool fused = fused_obstacle(config, options).empty() &&
                     fits_cache(block_shape(config, *rotation_of(config)), *table, length);
  if (fused) return {Compute::fused, isa};
  return attends(config, options) ? Engine{Compute::attention, isa} : Engine{};
}

Engine engine_for_any(const Decoder& model) {
  const auto* const word = model.options().device().is_cuda() ? "library" : "auto";
  auto engine = choose_engine(word, model.config(), model.options(), 1);
  engine.any_length = false;
  const bool packs = !model.source();  // only a model that owns its parameters has them at hand
  if (engine.compute == Compute::fused && !packs) engine.compute = Compute::attention;
  return engine;
}

}  // namespace ww
