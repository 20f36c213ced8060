// test_attention.cpp: attention alone on the CPU kernels against its twin in double, output and
// gradients, for every way to turn, masks, windows of rows, shared key heads and positions.

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>
#include <limits>

#include "models/attention.hpp"
#include "models/fused/attention.hpp"
#include "tests/catch.hpp"
#include "tests/close.hpp"
#include "tests/fused_models.hpp"
#include "tests/setting.hpp"

using namespace ww;
using kernels::Isa;

namespace {

struct Case {
  std::string encoding = "rope";
  int64_t B = 2, H = 2, Hk = 2, T = 37, D = 16;
  bool apart = false, blocks = false, some_rows = false;
  int64_t window = 0;
  double scale = 0.25;
  EncodingOptions options = {};
};

/// Leaves of one call and what came of them.
struct Outcome {
  at::Tensor output, dq, dk, dv, d_phase;
};

at::Tensor waves(at::IntArrayRef shape, double pace) {
  return at::arange(c10::multiply_integers(shape), at::kDouble)
      .mul(pace)
      .sin()
      .mul(1.7)
      .view(shape);
}

at::Tensor positions_of(const Case& c) {
  if (!c.apart) return at::arange(c.T);
  return at::stack({at::arange(c.T) * 2, at::arange(c.T) * 3 + 1});
}

/// Two thirds of the rows are a string, the rest two blocks.
at::Tensor blocks_of(const Case& c) {
  if (!c.blocks) return {};
  auto block = at::zeros({c.T}, at::kLong);
  const auto n = c.T * 2 / 3, half = (c.T - n) / 2;
  block.narrow(0, n, half).fill_(1);
  block.narrow(0, n + half, c.T - n - half).fill_(2);
  return block;
}

Outcome attend(const Case& c, at::ScalarType type, const kernels::Table* table) {
  const auto leaf = [&](at::IntArrayRef shape, double pace) {
    // Values that float32 holds, laid out as a product of the decoder leaves them.
    const auto rows = waves({shape[0], shape[2], shape[1], shape[3]}, pace).to(at::kFloat).to(type);
    return rows.transpose(1, 2).detach().set_requires_grad(true);
  };
  auto options = encoding_row(c.encoding).fallbacks;
  if (c.encoding == "pope") options = c.options;
  options.layout = c.options.layout;
  options.rotary_fraction = c.options.rotary_fraction;
  at::Tensor delta = waves({c.Hk, c.D}, 0.9).mul(2).sub(2).to(at::kFloat).to(type);
  delta.set_requires_grad(true);
  const at::Tensor bias = waves({c.H, 32}, 0.5).to(at::kFloat).to(type);
  const auto encoding =
      encoding_row(c.encoding).make({c.H, c.Hk, c.D, options}, [&](const std::string& name) {
        return name == "delta" ? delta : bias;
      });
  const auto positions = positions_of(c);
  const auto block = blocks_of(c);
  Places places{positions, block, {}, sight_of(positions, block)};
  places.visible = visibility(places, 0, c.T, c.window, type);
  const auto theta = encoding->theta();
  const auto turn = theta.numel() > 0 ? make_turn(positions, theta, type) : Turn{};
  const auto rows = c.some_rows ? at::tensor({int64_t{0}, c.T / 2, c.T - 1}) : at::Tensor();
  const auto R = rows.defined() ? rows.numel() : c.T;
  const AttentionInput input{leaf({c.B, c.H, R, c.D}, 0.31),
                             leaf({c.B, c.Hk, c.T, c.D}, 0.73),
                             leaf({c.B, c.Hk, c.T, c.D}, 1.1),
                             rows};
  const AttentionRule rule{c.scale, 0, c.window};
  const auto output = attention(input, *encoding, turn, places, rule, {}, {table});
  const auto weight = waves(output.sizes(), 0.17).to(at::kFloat).to(type);
  (output * weight).sum().backward();
  return {output.detach(), input.q.grad(), input.k.grad(), input.v.grad(), delta.grad()};
}

void require_agreement(const Case& c) {
  const auto exact = attend(c, at::kDouble, nullptr);
  test::for_each_isa([&](Isa isa) {
    const auto found = attend(c, at::kFloat, kernels::table_of(isa));
    const auto near = [](const at::Tensor& a, const at::Tensor& b) {
      // A gradient that is 0 in exact arithmetic is rounding on both sides.
      const auto size = b.norm().item<double>();
      if (size < 1e-9) {
        CHECK(a.norm().item<double>() < 1e-5);
      } else {
        require_close(a.to(at::kDouble), b, 5e-6);
      }
    };
    near(found.output, exact.output);
    near(found.dq, exact.dq);
    near(found.dk, exact.dk);
    near(found.dv, exact.dv);
    REQUIRE(found.d_phase.defined() == exact.d_phase.defined());
    if (exact.d_phase.defined()) near(found.d_phase, exact.d_phase);
  });
}

}  // namespace

TEST_CASE("Attention on the kernels is the composition's for every encoding", "[kernels]") {
  for (const auto& row : encodings()) {
    for (const bool apart : {false, true}) {
      DYNAMIC_SECTION(row.name << (apart ? ", positions of their own" : "")) {
        Case c{.encoding = row.name};
        c.apart = apart;
        require_agreement(c);
      }
    }
  }
}

TEST_CASE("Attention on the kernels holds for every length and head width", "[kernels]") {
  const int64_t T = GENERATE(1, 15, 16, 17, 31, 64, 100);
  const int64_t D = GENERATE(16, 48, 64);
  for (const char* name : {"rope", "pope", "nope"}) {
    DYNAMIC_SECTION(name << ", T = " << T << ", D = " << D) {
      require_agreement({.encoding = name, .T = T, .D = D});
    }
  }
}

TEST_CASE("Attention on the kernels takes blocks, chosen rows and shared key heads", "[kernels]") {
  const std::string name = GENERATE("rope", "pope", "alibi");
  Case c{.encoding = name, .B = 2, .H = 4, .Hk = 4};
  SETTING("blocks") { c.blocks = true; }
  SETTING("rows") { c.some_rows = true; }
  SETTING("blocks and rows") { c.blocks = c.some_rows = true; }
  SETTING("shared key heads") { c.Hk = 2; }
  SETTING("one key head, chosen rows") {
    c.Hk = 1;
    c.some_rows = true;
  }
  SETTING("positions of their own, blocks, adjacent pairs") {
    c.apart = c.blocks = true;
    c.options.layout = "adjacent";
  }
  require_agreement(c);
}

TEST_CASE("Attention on the kernels turns pairs wherever they lie", "[kernels]") {
  Case c{.encoding = "rope"};
  c.D = GENERATE(16, 32, 48);
  c.options.layout = GENERATE("half", "adjacent");
  c.options.rotary_fraction = GENERATE(1.0, 0.375);
  require_agreement(c);
}

TEST_CASE("Attention on the kernels follows the magnitudes", "[kernels]") {
  for (const char* magnitude : {"softplus", "relu", "identity"}) {
    for (const char* delta : {"zero", "off"}) {
      DYNAMIC_SECTION(magnitude << ", delta " << delta) {
        Case c{.encoding = "pope"};
        c.options.magnitude = magnitude;
        c.options.delta = delta;
        require_agreement(c);
      }
    }
  }
}

TEST_CASE("Attention on the kernels follows windows and scales", "[kernels]") {
  const std::string name = GENERATE("rope", "pope", "alibi");
  Case c{.encoding = name};
  c.window = GENERATE(1, 9, 36);
  SETTING("consecutive places") {}
  SETTING("positions of their own") { c.apart = true; }
  SETTING("blocks, chosen rows") { c.blocks = c.some_rows = true; }
  SETTING("another scale") { c.scale = 0.11; }
  require_agreement(c);
}

TEST_CASE("What can be said of rows and who they see", "[kernels]") {
  const auto rows = [](const std::vector<int64_t>& ids) { return at::tensor(ids); };
  CHECK(sight_of(rows({4, 5, 6}), {}) == Sight::consecutive);
  CHECK(sight_of(rows({0}), {}) == Sight::consecutive);
  CHECK(sight_of(at::stack({rows({0, 1, 2}), rows({3, 4, 5})}), {}) == Sight::consecutive);
  CHECK(sight_of(at::stack({rows({0, 1, 2}), rows({3, 4, 6})}), {}) == Sight::backward);
  CHECK(sight_of(rows({0, 2, 3}), {}) == Sight::backward);
  CHECK(sight_of(rows({0, 1, 1}), {}) == Sight::any);
  CHECK(sight_of(rows({2, 1, 3}), {}) == Sight::any);
  CHECK(sight_of(rows({0, 1, 1, 2}), rows({0, 0, 1, 1})) == Sight::backward);
  CHECK(sight_of(rows({0, 1, 2}), rows({0, 0, 0})) == Sight::backward);
  CHECK(sight_of(rows({0, 1, 2}), rows({1, 1, 0})) == Sight::any);
}

TEST_CASE("A row that sees nothing gives 0, a NaN stays one", "[kernels]") {
  constexpr int64_t T = 20, D = 16;
  auto q = waves({1, 1, T, D}, 0.31).to(at::kFloat);
  const auto k = waves({1, 1, T, D}, 0.73).to(at::kFloat);
  auto bias = at::zeros({T, 32});
  bias[7].fill_(-std::numeric_limits<float>::infinity());
  q[0][0][11].fill_(std::numeric_limits<float>::quiet_NaN());
  test::for_each_isa([&](Isa isa) {
    const auto& table = *kernels::table_of(isa);
    const auto read = [&](const at::Tensor& x) {
      return kernels::HeadTensor<const float>{x.const_data_ptr<float>(), 0, 0, int64_t{D}};
    };
    auto output = at::empty_like(q), lse = at::empty({T}), d = at::ones_like(q);
    auto dq = at::empty_like(q), dk = at::empty_like(q), dv = at::empty_like(q);
    kernels::Attention a{};
    a.B = a.H = a.Hk = 1;
    a.R = a.T = T;
    a.D = D;
    a.scale = 0.25F;
    a.bias = bias.const_data_ptr<float>();
    a.bias_row = 32;
    a.query = read(q);
    a.key = a.value = read(k);
    a.output = {output.mutable_data_ptr<float>(), 0, 0, D};
    a.lse = lse.mutable_data_ptr<float>();
    auto memory = at::empty({table.attention_floats(a)});
    table.attention_forward(a, 0, 0, memory.mutable_data_ptr<float>());
    CHECK(output[0][0][7].abs().max().item<float>() == 0);
    CHECK(lse[7].item<float>() == -std::numeric_limits<float>::infinity());
    CHECK(output[0][0][11].isnan().all().item<bool>());
    CHECK(output[0][0][12].isfinite().all().item<bool>());
    const auto write = [&](at::Tensor& x) {
      return kernels::HeadTensor<float>{x.mutable_data_ptr<float>(), 0, 0, int64_t{D}};
    };
    table.attention_backward(a,
                             {read(d), write(dq), write(dk), write(dv), nullptr},
                             0,
                             0,
                             memory.mutable_data_ptr<float>());
    CHECK(dq[0][0][7].abs().max().item<float>() == 0);
    CHECK(dk.isnan().any().item<bool>());
  });
}

TEST_CASE("Attention's bits do not depend on threads", "[kernels]") {
  const auto before = at::get_num_threads();
  const Case c{.encoding = "pope", .B = 2, .H = 4, .Hk = 4};
  test::for_each_isa([&](Isa isa) {
    at::set_num_threads(1);
    const auto one = attend(c, at::kFloat, kernels::table_of(isa));
    at::set_num_threads(3);
    const auto three = attend(c, at::kFloat, kernels::table_of(isa));
    CHECK(three.output.equal(one.output));
    CHECK(three.dq.equal(one.dq));
    CHECK(three.dk.equal(one.dk));
    CHECK(three.dv.equal(one.dv));
    CHECK(three.d_phase.equal(one.d_phase));
  });
  at::set_num_threads(before);
}
