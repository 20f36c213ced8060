#include "tests/fused_models.hpp"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "base/philox.hpp"
#include "tests/catch.hpp"

namespace ww::test {

ModelConfig small_config(const EncodingRow& row) {
  ModelConfig config;
  config.vocabulary = 13;
  config.width = 32;
  config.layers = 2;
  config.heads = config.key_heads = 2;
  config.head_width = 16;
  config.hidden = 64;
  config.encoding = row.name;
  config.encoding_options = row.fallbacks;
  config.encoding_options.max_length = 128;
  config.encoding_options.max_distance = 24;
  config.encoding_options.buckets = 8;
  return config;
}

Decoder lively_model(const ModelConfig& config, at::ScalarType type) {
  Decoder model(config, type);
  model.parameters().initialise(3, config.width, config.layers);
  model.parameters().track_gradients();
  const c10::NoGradGuard no_grad;
  for (const auto& spec : model.parameters().specs()) {
    auto leaf = model.parameters().at(spec.name);
    const auto waves = at::arange(leaf.numel(), at::kDouble).mul(0.7).cos().view(leaf.sizes());
    if (spec.init == Init::zeros) {
      leaf.copy_(waves * 4 - 3);  // -7 .. 1: clamped at both ends
      leaf.view(-1)[0] = 0;       // at an end, and not clamped
    }
    if (spec.init == Init::ones) leaf.add_(waves * 0.2);
    if (spec.init == Init::normal) leaf.mul_(1.5);
    leaf.copy_(leaf.to(at::kFloat));
  }
  return model;
}

namespace {

at::Tensor tokens_of(int64_t strings, int64_t length) {
  auto tokens = at::empty({strings, length}, at::kLong);
  auto* id = tokens.mutable_data_ptr<int64_t>();
  Draw draw(7, 1, 2);
  for (int64_t i = 0; i < tokens.numel(); ++i) *id++ = draw.below(13);
  return tokens;
}

at::Tensor answers_for(int64_t count) {
  return (at::arange(count, at::kLong) * 5 + 2).remainder(13);
}

}  // namespace

Question question(int64_t strings, int64_t letters, int64_t queries, bool apart) {
  const auto T = letters + 2 * queries;
  std::vector<int64_t> position, block, graded;
  for (int64_t i = 0; i < T; ++i) {
    const bool asks = i >= letters;
    position.push_back(asks ? letters + (i - letters) % 2 : i);
    block.push_back(asks ? 1 + (i - letters) / 2 : 0);
    if (asks && (i - letters) % 2 == 1) graded.push_back(i);
  }
  auto positions = at::tensor(position);
  if (apart) {  // each string reads a sorted subset of 0 .. 3 (letters + 2) - 1
    positions = at::empty({strings, T}, at::kLong);
    auto* to = positions.mutable_data_ptr<int64_t>();
    for (int64_t b = 0; b < strings; ++b) {
      const auto needed = static_cast<int>(letters + 2);
      auto ids = Draw(5, static_cast<uint64_t>(b), 1).distinct(3 * needed, needed);
      std::ranges::sort(ids);
      for (const auto place : position) *to++ = ids[static_cast<size_t>(place)];
    }
  }
  return {{tokens_of(strings, T), positions, at::tensor(block), at::tensor(graded)},
          answers_for(strings * queries)};
}

Question plain_text(int64_t strings, int64_t length) {
  return {{tokens_of(strings, length), at::arange(length), {}, {}}, answers_for(strings * length)};
}

void for_each_isa(const std::function<void(kernels::Isa)>& check) {
  for (const auto isa : {kernels::Isa::avx2, kernels::Isa::avx512}) {
    DYNAMIC_SECTION(kernels::isa_name(isa)) {
      const auto reason = kernels::obstacle(isa);
      if (reason.empty()) {
        check(isa);
      } else {
        skip(reason);
      }
    }
  }
}

GradientError gradient_error(const Decoder& a, const Decoder& b) {
  GradientError found;
  for (const auto& spec : b.parameters().specs()) {
    const auto ours = a.parameters().at(spec.name).grad().to(at::kDouble);
    const auto exact = b.parameters().at(spec.name).grad().to(at::kDouble);
    const double size = exact.norm().item<double>();
    const double error = (ours - exact).norm().item<double>() / (size > 0 ? size : 1);
    if (!(error <= found.worst)) found = {error, spec.name};
  }
  return found;
}

}  // namespace ww::test
