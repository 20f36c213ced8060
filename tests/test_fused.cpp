// test_fused.cpp: the fused kernels against their twin in double: loss, logits, and the gradient of
// every parameter, for every encoding and instruction set.

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <limits>

#include "models/optimiser.hpp"
#include "tests/catch.hpp"
#include "tests/close.hpp"
#include "tests/fused_models.hpp"
#include "tests/setting.hpp"

using namespace ww;
using kernels::Isa;
using test::Question;

namespace {

constexpr double kWorstGradient = 5e-6;

/// The twin in float32 and in double on one question: what the kernels are held against.
struct Twins {
  Decoder exact, single;
  double loss, single_error;

  Twins(const ModelConfig& config, const Question& q)
      : exact(test::lively_model(config, at::kDouble)),
        single(test::lively_model(config)),
        loss(exact.loss_and_gradient(q.input, q.answers)) {
    single.loss_and_gradient(q.input, q.answers);
    single_error = test::gradient_error(single, exact).worst;
  }
};

void require_gradients(const Decoder& model, const Twins& twins) {
  const auto [error, name] = test::gradient_error(model, twins.exact);
  INFO(name << ": " << error << ", LibTorch in float32: " << twins.single_error);
  REQUIRE(error <= kWorstGradient);
  REQUIRE(error <= 4 * twins.single_error);
}

/// Whole model and block by block under autograd.
void require_agreement(const ModelConfig& config, const Question& q) {
  const Twins twins(config, q);
  test::for_each_isa([&](Isa isa) {
    auto model = test::lively_model(config);
    model.compute_with({Compute::fused, isa});
    REQUIRE(model.loss_and_gradient(q.input, q.answers) == Approx(twins.loss).epsilon(1e-6));
    require_gradients(model, twins);

    model.parameters().gradients().zero_();
    const auto logits = model.forward(q.input);
    at::cross_entropy_loss(logits.flatten(0, 1), q.answers).backward();
    require_gradients(model, twins);

    const c10::NoGradGuard no_grad;
    const auto expected = twins.exact.forward(q.input);
    require_close(logits.to(at::kDouble), expected, 2e-6);
    require_close(model.forward(q.input).to(at::kDouble), expected, 2e-6);
  });
}

}  // namespace

TEST_CASE("Fused gradients of every encoding are the twin's", "[kernels]") {
  struct Strings {
    int64_t count;
    bool apart;  // in their positions
  };
  for (const auto& row : encodings()) {
    for (const auto& [count, apart] : {Strings{5, false}, {5, true}, {1, true}}) {
      DYNAMIC_SECTION(row.name << ", strings " << count << (apart ? ", apart" : "")) {
        require_agreement(test::small_config(row), test::question(count, 9, 3, apart));
      }
    }
  }
}

TEST_CASE("Fused gradients follow the options of rotations", "[kernels]") {
  auto rope = test::small_config(encoding_row("rope"));
  SETTING("adjacent pairs") { rope.encoding_options.layout = "adjacent"; }
  SETTING("adjacent pairs on some features") {
    rope.encoding_options.layout = "adjacent";
    rope.encoding_options.rotary_fraction = 0.375;
  }
  SETTING("half pairs on some features") { rope.encoding_options.rotary_fraction = 0.625; }
  SETTING("no frequency kept") { rope.encoding_options.keep_fraction = 0; }
  require_agreement(rope, test::question(3, 7, 2));
}

TEST_CASE("Fused gradients follow the options of magnitudes and phases", "[kernels]") {
  for (const char* magnitude : {"softplus", "relu", "identity"}) {
    for (const char* delta : {"zero", "off"}) {
      DYNAMIC_SECTION(magnitude << ", delta " << delta) {
        auto pope = test::small_config(encoding_row("pope"));
        pope.encoding_options.magnitude = magnitude;
        pope.encoding_options.delta = delta;
        require_agreement(pope, test::question(3, 7, 2));
      }
    }
  }
}

TEST_CASE("Fused gradients hold for every length of text", "[kernels]") {
  const auto T = GENERATE(1, 15, 16, 17, 28);
  for (const char* name : {"rope", "pope", "t5"}) {
    DYNAMIC_SECTION(name << ", T = " << T) {
      require_agreement(test::small_config(encoding_row(name)), test::plain_text(3, T));
    }
  }
}

TEST_CASE("Fused gradients hold for other sizes", "[kernels]") {
  const std::string name = GENERATE("rope", "pope", "alibi");
  auto config = test::small_config(encoding_row(name));
  SETTING("heads of 32") { config.head_width = 32; }
  SETTING("heads of 48 in a width of 80, no panel whole") {
    config.head_width = 48;
    config.width = 80;
    config.hidden = 112;
  }
  SETTING("shared key heads") {
    config.heads = 4;
    config.key_heads = 2;
  }
  SETTING("a tied head") { config.tied = true; }
  SETTING("one layer") { config.layers = 1; }
  SETTING("three layers, many panels") {
    config.layers = 3;
    config.width = 144;
    config.hidden = 288;
  }
  require_agreement(config, test::question(5, 8, 2));
}

TEST_CASE("Fused gradients hold for any number of strings", "[kernels]") {
  const int64_t strings = GENERATE(1, 2, 9, 33);
  require_agreement(test::small_config(encoding_row("pope")), test::question(strings, 6, 2));
}

TEST_CASE("A share of the loss is the same share of its gradient, and cohorts add up",
          "[kernels]") {
  const auto q = test::question(4, 6, 2);
  test::for_each_isa([&](Isa isa) {
    auto once = test::lively_model(test::small_config(encoding_row("pope")));
    auto twice = test::lively_model(test::small_config(encoding_row("pope")));
    once.compute_with({Compute::fused, isa});
    twice.compute_with({Compute::fused, isa});
    const double whole = once.loss_and_gradient(q.input, q.answers);
    const double half = twice.loss_and_gradient(q.input, q.answers, 0.5);
    twice.loss_and_gradient(q.input, q.answers, 0.5);
    CHECK(half == Approx(whole / 2));
    require_close(twice.parameters().gradients(), once.parameters().gradients(), 1e-6);
  });
}

TEST_CASE("A fused block works under a loss of its own", "[kernels]") {
  const auto q = test::question(3, 7, 2);
  for (const char* name : {"pope", "t5", "learned"}) {
    const auto config = test::small_config(encoding_row(name));
    auto exact = test::lively_model(config, at::kDouble);
    exact.forward(q.input).square().sum().backward();
    test::for_each_isa([&](Isa isa) {
      auto model = test::lively_model(config);
      model.compute_with({Compute::fused, isa});
      model.forward(q.input).square().sum().backward();
      const auto [error, worst] = test::gradient_error(model, exact);
      INFO(name << ", " << worst);
      CHECK(error <= kWorstGradient);
    });
  }
}

TEST_CASE("One, two and four threads give the same bits", "[kernels]") {
  const auto before = at::get_num_threads();
  for (const char* name : {"rope", "pope", "t5", "learned"}) {
    const auto q = test::question(11, 9, 3);
    test::for_each_isa([&](Isa isa) {
      at::Tensor gradients, blocks, logits;
      double loss = 0;
      for (const int threads : {1, 2, 4}) {
        at::set_num_threads(threads);
        auto model = test::lively_model(test::small_config(encoding_row(name)));
        model.compute_with({Compute::fused, isa});
        const double found = model.loss_and_gradient(q.input, q.answers);
        const auto whole = model.parameters().gradients().clone();
        model.parameters().gradients().zero_();
        const auto out = model.forward(q.input);
        out.square().sum().backward();
        if (threads == 1) {
          loss = found;
          gradients = whole;
          blocks = model.parameters().gradients();
          logits = out.detach();
        }
        INFO(name << ", threads " << threads);
        CHECK(found == loss);
        CHECK(whole.equal(gradients));
        CHECK(out.detach().equal(logits));
        CHECK(model.parameters().at("blocks.0.mlp.in.weight").grad().isfinite().all().item<bool>());
      }
    });
  }
  at::set_num_threads(before);
}

TEST_CASE("The head's width of a fused batch changes no string's logits", "[kernels]") {
  const auto q = test::question(9, 6, 2);
  test::for_each_isa([&](Isa isa) {
    const c10::NoGradGuard no_grad;
    auto model = test::lively_model(test::small_config(encoding_row("pope")));
    model.compute_with({Compute::fused, isa});
    const auto all = model.forward(q.input);
    for (int64_t b = 0; b < 9; ++b) {
      auto one = q.input;
      one.tokens = q.input.tokens.narrow(0, b, 1);
      CHECK(model.forward(one)[0].equal(all[b]));
    }
  });
}

TEST_CASE("A NaN or an infinity in any parameter reaches the loss", "[kernels]") {
  const auto q = test::question(2, 6, 2);
  const float bad =
      GENERATE(std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity());
  for (const char* name : {"pope", "rope", "learned"}) {
    const auto config = test::small_config(encoding_row(name));
    for (const auto& spec : parameter_specs(config)) {
      test::for_each_isa([&](Isa isa) {
        auto model = test::lively_model(config);
        model.compute_with({Compute::fused, isa});
        {
          const c10::NoGradGuard no_grad;
          auto flat = model.parameters().at(spec.name).view({-1});
          // The embedding of a token that is there; row 0 of the position table.
          const auto row = spec.name == "embed.weight" ? q.input.tokens[0][0].item<int64_t>() : 0;
          flat[row * (spec.name == "embed.weight" ? config.width : 1)].fill_(bad);
        }
        INFO(name << " " << spec.name);
        const bool clamped = spec.name.ends_with("delta") && std::isinf(bad);
        CHECK(std::isfinite(model.loss_and_gradient(q.input, q.answers)) == clamped);
      });
    }
  }
}

TEST_CASE("Tokens, answers and rows outside their range are refused", "[kernels]") {
  using Catch::Matchers::Contains;
  const auto q = test::question(2, 6, 2);
  test::for_each_isa([&](Isa isa) {
    auto model = test::lively_model(test::small_config(encoding_row("rope")));
    model.compute_with({Compute::fused, isa});
    auto input = q.input;
    input.tokens = q.input.tokens + 13;
    CHECK_THAT(test::refusal([&] { model.loss_and_gradient(input, q.answers); }),
               Contains("is none of the 13 there are"));
    input = q.input;
    input.graded = q.input.graded + 50;
    CHECK_THAT(test::refusal([&] { model.forward(input); }), Contains("graded row"));
    CHECK_THAT(test::refusal([&] { model.loss_and_gradient(q.input, q.answers - 20); }),
               Contains("answer -"));
  });
}

TEST_CASE("Three hundred fused steps give the plain path's losses", "[kernels]") {
  const auto threads = at::get_num_threads();
  at::set_num_threads(1);
  for (const char* name : {"rope", "pope"}) {
    const auto config = test::small_config(encoding_row(name));
    const auto losses = [&](const Engine& engine) {
      auto model = test::lively_model(config);
      model.compute_with(engine);
      AdamW optimiser(model.parameters());
      optimiser.compute_with(kernels::table_of(engine.isa));
      std::vector<double> found;
      for (int i = 0; i < 300; ++i) {
        const auto q = test::question(4, 6 + i % 3, 2);
        found.push_back(model.loss_and_gradient(q.input, q.answers));
        optimiser.step(learning_rate(i + 1, 300, 20, 1e-3));
      }
      return found;
    };
    const auto plain = losses({});
    REQUIRE(plain.back() < plain.front() / 2);
    for (const auto isa : kernels::runnable_isas()) {
      if (isa == Isa::plain) continue;
      const auto fused = losses({Compute::fused, isa});
      for (size_t i = 0; i < plain.size(); ++i) {
        INFO(name << " " << kernels::isa_name(isa) << ", step " << i);
        REQUIRE(fused[i] == Approx(plain[i]).epsilon(1e-4));
      }
    }
  }
  at::set_num_threads(threads);
  if (kernels::runnable_isas().size() == 1) test::skip("no vector kernels here");
}
