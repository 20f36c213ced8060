// test_attention_models.cpp: decoders of other makes with attention alone on the CPU kernels,
// against their composition in double.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "tests/catch.hpp"
#include "tests/close.hpp"
#include "tests/fused_models.hpp"
#include "tests/setting.hpp"

using namespace ww;
using kernels::Isa;

TEST_CASE("Attention on the kernels serves a decoder of another make", "[kernels]") {
  // Gated SiLU, shared key heads, adjacent pairs: what a Llama checkpoint is made of.
  auto config = test::small_config(encoding_row("rope"));
  config.encoding_options.layout = "adjacent";
  config.activation = "silu";
  config.gated = true;
  config.heads = 4;
  config.key_heads = 2;
  SETTING("as it is") {}
  SETTING("a window in one layer, a scale of its own") {
    config.windows = {7, 0};
    config.attention_scale = 0.3;
  }
  SETTING("some features turn by a checkpoint's table, with a factor") {
    config.tables = {{{1, 0.3, 0.02}, 1.2}};
  }
  SETTING("soft caps, which the operators serve") { config.score_cap = 5; }
  const auto q = test::plain_text(2, 40);
  auto exact = test::lively_model(config, at::kDouble);
  const double loss = exact.loss_and_gradient(q.input, q.answers);
  test::for_each_isa([&](Isa isa) {
    auto model = test::lively_model(config);
    model.compute_with({Compute::attention, isa});
    CHECK(model.loss_and_gradient(q.input, q.answers) == Approx(loss).epsilon(1e-6));
    const auto [error, name] = test::gradient_error(model, exact);
    INFO(name);
    CHECK(error <= 5e-6);
  });
}

TEST_CASE("Texts side by side on the kernels are those texts alone", "[kernels]") {
  const c10::NoGradGuard no_grad;
  auto config = test::small_config(encoding_row("pope"));
  const auto q = test::plain_text(1, 21);
  auto packed = q.input;
  packed.positions = at::cat({at::arange(8), at::arange(13)});
  packed.lengths = {8, 13};
  const auto exact = test::lively_model(config, at::kDouble).forward(packed);
  test::for_each_isa([&](Isa isa) {
    for (const auto compute : {Compute::attention, Compute::fused}) {
      auto model = test::lively_model(config);
      model.compute_with({compute, isa});
      require_close(model.forward(packed).to(at::kDouble), exact, 2e-6);
    }
  });
}

TEST_CASE("Hooks see the operators' sites whatever computes else", "[kernels]") {
  const c10::NoGradGuard no_grad;
  const auto q = test::question(2, 6, 2);
  auto model = test::lively_model(test::small_config(encoding_row("rope")));
  const auto plain = model.forward(q.input);
  test::for_each_isa([&](Isa isa) {
    for (const auto compute : {Compute::attention, Compute::fused}) {
      model.compute_with({compute, isa});
      int64_t patterns = 0;
      Hooks hooks;
      hooks.observe = [&](const Observation& seen) { patterns += seen.site.ends_with("pattern"); };
      require_close(model.forward(q.input, hooks), plain, 2e-6);
      CHECK(patterns == 2);
      hooks.sampled = true;
      patterns = 0;
      const auto sampled = model.forward(q.input, hooks);
      CHECK(patterns == 0);
      if (compute == Compute::attention) CHECK(sampled.equal(model.forward(q.input)));
    }
  });
}

TEST_CASE("A string too long for a mask answers at graded rows as it does among all",
          "[kernels][decoder]") {
  const c10::NoGradGuard no_grad;
  auto config = test::small_config(encoding_row("rope"));
  SETTING("every place before") {}
  SETTING("a window in the last layer") { config.windows = {0, 70}; }
  SETTING("a bias") { config.encoding = "alibi"; }
  const auto graded = test::question(1, kMaskedRows - 10, 20).input;
  auto all = graded;
  all.graded = at::Tensor();
  REQUIRE(graded.tokens.size(1) > kMaskedRows);
  const auto exact = test::lively_model(config, at::kDouble);
  const auto answer = exact.forward(all).index_select(1, graded.graded);
  require_close(exact.forward(graded), answer, 1e-12);
  std::vector<Engine> engines = {{Compute::plain}, {Compute::library}};
  const bool fuses = config.windows.empty();
  for (const auto isa : kernels::runnable_isas()) {
    if (isa == Isa::plain) continue;
    engines.push_back({Compute::attention, isa});
    if (fuses) engines.push_back({Compute::fused, isa});
  }
  for (const auto& engine : engines) {
    INFO(compute_name(engine.compute) << " " << kernels::isa_name(engine.isa));
    auto model = test::lively_model(config);
    model.compute_with(engine);
    require_close(model.forward(graded).to(at::kDouble), answer, 2e-6);
  }
}
