// test_device_attention.cpp: attention on a GPU's kernels as training calls it. The kernels run on
// the host here, from the same source; the choice between them and the composition is a function.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <array>
#include <cmath>

#include "base/philox.hpp"
#include "models/fused/choice.hpp"
#include "models/fused/device_attention.hpp"
#include "models/gpu_check/decoder_step.hpp"
#include "models/kernels/cuda/runtime.hpp"
#include "models/pair_order.hpp"
#include "tests/catch.hpp"
#include "tests/close.hpp"
#include "tests/fused_models.hpp"
#include "tests/host_attention.hpp"

using namespace ww;
using namespace ww::kernels::cuda;
using Catch::Matchers::Contains;
using kernels::Kind;

namespace {

constexpr int64_t kWidth = 32, kHeads = 4;

/// One attention: an encoding, who stands where, which rows ask.
struct Case {
  const char* name;
  const char* encoding;
  Overrides options = {};
  bool apart = false;  // strings have positions of their own
  bool rows = false;   // graded rows alone
  bool text = false;   // plain text, no queries' blocks
  int64_t window = 0, key_heads = kHeads;
};

const Case kCases[] = {
    {"nope", "nope"},
    {"rope, halves", "rope"},
    {"rope, neighbours, graded rows", "rope", {{"rope-layout", "adjacent"}}, false, true},
    {"rope, random positions", "rope", {}, true},
    {"rope, few frequencies, random positions, graded rows", "p_rope", {}, true, true},
    {"rope, text, window, shared key heads", "rope", {}, false, false, true, 5, 2},
    {"pope", "pope"},
    {"pope, graded rows, shared key heads", "pope", {}, false, true, false, 0, 2},
    {"pope, random positions, relu", "pope", {{"pope-magnitude", "relu"}}, true},
    {"pope, text", "pope", {{"pope-delta", "off"}}, false, false, true},
    {"alibi", "alibi"},
    {"alibi, text, graded rows", "alibi", {}, false, true, true},
    {"alibi, random positions, graded rows", "alibi", {}, true, true},
};

/// What one way makes of a case: the output and the gradients of queries, keys, values and delta.
struct Answer {
  at::Tensor output, q, k, v, delta;
};

/// Normal features that bfloat16 holds, so that every way starts from the same numbers.
at::Tensor features(at::IntArrayRef shape, uint32_t stream) {
  auto drawn = at::empty(shape, at::kDouble);
  auto* const value = drawn.mutable_data_ptr<double>();
  for (int64_t i = 0; i < drawn.numel(); ++i) {
    value[i] = normal_at(1, stream, static_cast<uint64_t>(i));
  }
  return drawn.to(at::kBFloat16).to(at::kDouble);
}

Answer answer(const Case& c, at::ScalarType type, const AttentionKernels& kernels) {
  const auto& row = encoding_row(c.encoding);
  EncodingSetting setting{kHeads, c.key_heads, kWidth, encoding_options(row, c.options), nullptr};
  const auto real = type == at::kDouble ? at::kDouble : at::kFloat;
  auto delta =
      at::linspace(-7, 0.5, c.key_heads * kWidth, at::kDouble).view({c.key_heads, kWidth}).to(real);
  delta.set_requires_grad(true);
  const auto encoding = row.make(setting, [&](const std::string&) { return delta; });
  const auto asked = c.text ? test::plain_text(2, 17) : test::question(2, 11, 3, c.apart);
  const auto& input = asked.input;
  const auto T = input.positions.size(-1);
  const auto rows = !c.rows ? at::Tensor() : c.text ? at::tensor({3, 16}) : input.graded;
  const auto R = c.rows ? rows.numel() : T;
  const auto leaf = [&](at::IntArrayRef shape, uint32_t stream) {
    return features(shape, stream).to(type).requires_grad_();
  };
  const auto q = leaf({2, kHeads, R, kWidth}, 1), k = leaf({2, c.key_heads, T, kWidth}, 2),
             v = leaf({2, c.key_heads, T, kWidth}, 3);
  Places places{input.positions, input.block, {}, sight_of(input.positions, input.block)};
  places.visible = visibility(places, 0, T, c.window, real);
  const AttentionRule rule{1 / std::sqrt(static_cast<double>(kWidth)), 0, c.window};
  const auto turn = make_turn(input.positions, encoding->theta(), real);
  const auto y = attention({q, k, v, rows}, *encoding, turn, places, rule, {}, kernels);
  y.backward(features(y.sizes(), 4).to(y.scalar_type()));
  return {y.detach(), q.grad(), k.grad(), v.grad(), delta.grad()};
}

/// Each part within its tolerance, relative.
void check_close(const Answer& ours, const Answer& exact, const std::array<double, 5>& allowed) {
  const auto close = [](const at::Tensor& a, const at::Tensor& b, double tolerance) {
    CHECK(a.defined() == b.defined());
    if (b.defined()) require_close(a.to(at::kDouble), b.to(at::kDouble), tolerance);
  };
  close(ours.output, exact.output, allowed[0]);
  close(ours.q, exact.q, allowed[1]);
  close(ours.k, exact.k, allowed[2]);
  close(ours.v, exact.v, allowed[3]);
  close(ours.delta, exact.delta, allowed[4]);
}

}  // namespace

TEST_CASE("Attention on a GPU's kernels agrees with the composition in double", "[host-cuda]") {
  for (const auto& c : kCases) {
    DYNAMIC_SECTION(c.name) {
      const auto ours = answer(c, at::kBFloat16, {nullptr, &test::kHostLaunchers}),
                 exact = answer(c, at::kDouble, {});
      CHECK(ours.output.scalar_type() == at::kBFloat16);
      check_close(ours, exact, {5e-3, 8e-3, 6e-3, 5e-3, 1e-2});
    }
  }
}

TEST_CASE("Attention on LibTorch's operator agrees with the composition in double", "[host-cuda]") {
  const AttentionKernels library{nullptr, nullptr, true};
  for (const auto& c : kCases) {
    DYNAMIC_SECTION(c.name) {
      const auto exact = answer(c, at::kDouble, {});
      check_close(answer(c, at::kFloat, library), exact, {5e-6, 5e-6, 5e-6, 5e-6, 5e-6});
      // Turned queries and keys, and what the operator makes of them, are rounded to bfloat16.
      const auto rounded = answer(c, at::kBFloat16, library);
      CHECK((rounded.output.scalar_type() == at::kBFloat16) ==
            (c.encoding != std::string("alibi")));
      check_close(rounded, exact, {5e-3, 8e-3, 6e-3, 5e-3, 1e-2});
    }
  }
}

TEST_CASE(
    "LibTorch's operator takes long texts whole or slab by slab, and none whose scores are capped",
    "[host-cuda]") {
  for (const auto& [window, cap] : {std::pair{0, 0.0}, {37, 0.0}, {37, 5.0}}) {
    constexpr int64_t kRows = kSlabRows + 90;
    const auto& row = encoding_row("pope");
    EncodingSetting setting{1, 1, kWidth, row.fallbacks, nullptr};
    const auto encoding = row.make(setting, [](const std::string&) {
      return at::zeros({1, kWidth}, at::kDouble);
    });
    const auto x = [](uint32_t stream) { return features({1, 1, kRows, kWidth}, stream); };
    const Places places{at::arange(kRows), {}, {}, Sight::consecutive};
    const AttentionRule rule{0.2, cap, window};
    const auto turn = make_turn(places.positions, encoding->theta(), at::kDouble);
    const auto by = [&](bool library) {
      return attention(
          {x(1), x(2), x(3), {}}, *encoding, turn, places, rule, {}, {{}, {}, library});
    };
    require_close(by(true), by(false), 1e-12);
  }
}

TEST_CASE("A decoder's step on a GPU's kernels or LibTorch's is near that of its composition",
          "[host-cuda]") {
  auto engines = stepped_library();
  engines.push_back(stepped_kernels(test::kHostLaunchers));
  for (const auto& engine : engines) {
    for (const auto& encoding : stepped_encodings()) {
      for (const auto& [what, error, allowed] : step_distances(encoding, engine, at::kCPU)) {
        INFO(engine.name << ", " << encoding << ": " << what << " " << error);
        CHECK(error <= allowed);
        if (std::string(what) == "gradient") CHECK(error > 0);  // other last bits: it was called
      }
    }
  }
}

TEST_CASE("What a GPU's kernels cannot attend is said in words", "[host-cuda]") {
  const auto why = [](const std::function<void(DeviceCase&)>& change) {
    DeviceCase asked{.rotation = Rotation{Kind::pairs, {}, pair_order(64, 32, false)}};
    change(asked);
    return device_obstacle(asked);
  };
  CHECK(why([](DeviceCase&) {}).empty());
  for (const int64_t width : {32, 96, 128}) {
    CHECK(why([&](DeviceCase& c) {
            c.head_width = width;
            c.rotation->order = pair_order(width, width / 2, true);
          }).empty());
  }
  CHECK(why([](DeviceCase& c) { c.rotation = Rotation{}; }).empty());
  CHECK(why([](DeviceCase& c) { c.rotation = Rotation{Kind::polar, {}, {}}; }).empty());
  for (const auto type : {at::kFloat, at::kHalf, at::kDouble}) {
    CHECK_THAT(why([&](DeviceCase& c) { c.type = type; }), Contains("must be bfloat16"));
  }
  CHECK_THAT(why([](DeviceCase& c) { c.head_width = 16; }),
             Contains("32, 64, 96 or 128 but is 16"));
  CHECK_THAT(why([](DeviceCase& c) { c.cap = 50; }), Contains("no soft cap"));
  CHECK_THAT(why([](DeviceCase& c) { c.rotation.reset(); }), Contains("must turn every feature"));
  CHECK_THAT(why([](DeviceCase& c) { c.rotation->order = pair_order(64, 16, false); }),
             Contains("all features must turn"));
  CHECK_THAT(why([](DeviceCase& c) { c.bias_learns = true; }), Contains("must not be learned"));
  CHECK_THAT(why([](DeviceCase& c) { c.mask_lacks = true; }), Contains("too long for the mask"));
}

TEST_CASE("A call is asked for what its tensors and its encoding are", "[host-cuda]") {
  const auto why = [](const char* name, at::ScalarType type, bool rows, bool masked, double cap) {
    const auto& row = encoding_row(name);
    auto table = at::zeros({kHeads, row.fallbacks.buckets}).set_requires_grad(true);
    EncodingSetting setting{kHeads, kHeads, kWidth, row.fallbacks, nullptr};
    const auto encoding = row.make(setting, [&](const std::string&) { return table; });
    const auto x = at::zeros({1, kHeads, 5, kWidth}, type);
    Places places{at::arange(5), {}, {}, Sight::consecutive};
    if (masked) places.visible = at::zeros({5, 5});
    const AttentionInput input{x, x, x, rows ? at::arange(5) : at::Tensor()};
    const auto bias = encoding->bias(places.positions);
    return device_obstacle({input, *encoding, {}, places, {1, cap, 0}, bias});
  };
  CHECK(why("rope", at::kBFloat16, false, false, 0).empty());
  CHECK(why("rope", at::kBFloat16, true, true, 0).empty());
  CHECK(why("alibi", at::kBFloat16, false, true, 0).empty());
  CHECK_THAT(why("rope", at::kFloat, false, false, 0), Contains("bfloat16"));
  CHECK_THAT(why("rope", at::kBFloat16, true, false, 0), Contains("mask"));
  CHECK_THAT(why("rope", at::kBFloat16, false, false, 9), Contains("cap"));
  CHECK_THAT(why("rope_half", at::kBFloat16, false, false, 0), Contains("all features must turn"));
  CHECK_THAT(why("t5", at::kBFloat16, false, true, 0), Contains("learned"));
  const c10::NoGradGuard no_grad;
  CHECK(why("t5", at::kBFloat16, false, true, 0).empty());
}

TEST_CASE("On a GPU only bf16 takes our kernels, and only where one runs them", "[host-cuda]") {
  auto config = test::small_config(encoding_row("rope"));
  config.head_width = 32;
  const auto choose = [&](const char* word, at::ScalarType type) {
    return choose_engine(word, config, at::TensorOptions(type).device(at::kCUDA), 30);
  };
  CHECK(choose("auto", at::kFloat).compute == Compute::plain);
  CHECK(choose("library", at::kFloat).compute == Compute::library);
  CHECK(choose("plain", at::kBFloat16).launchers == nullptr);
  CHECK((choose("auto", at::kBFloat16).launchers != nullptr) == kernels::cuda::runs_here());
  config.head_width = 16;
  CHECK(choose("auto", at::kBFloat16).compute == Compute::plain);
}
