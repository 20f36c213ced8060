// test_device_operator.cpp: the attention operator on a GPU's kernels, which run on the host here
// from the same source, against its formula in double; and what it refuses.

#include <ATen/ATen.h>

#include <functional>
#include <limits>
#include <numbers>
#include <utility>

#include "ops/device_attention.hpp"
#include "tests/catch.hpp"
#include "tests/close.hpp"
#include "tests/host_attention.hpp"
#include "tests/host_reads.hpp"

using namespace ww;
using namespace ww::ops;
using Catch::Matchers::Contains;
using kernels::Kind;
using kernels::Magnitude;

namespace {

struct OperatorCase {
  static constexpr int64_t B = 2, H = 4;
  static constexpr double scale = 0.1;
  const char* name;
  Kind kind;
  int64_t D = 32, R = 19, T = 19, Hk = 4;
  at::ScalarType type = at::kBFloat16;
  bool adjacent = false, phase = false, apart = false, causal = true;
  Magnitude magnitude = Magnitude::softplus;
};

const OperatorCase kOperatorCases[] = {
    {.name = "nope", .kind = Kind::none},
    {.name = "nope, float16, all see all", .kind = Kind::none, .type = at::kHalf, .causal = false},
    {.name = "rope, halves", .kind = Kind::pairs, .D = 64},
    {.name = "rope, neighbours, few queries",
     .kind = Kind::pairs,
     .R = 5,
     .Hk = 2,
     .adjacent = true},
    {.name = "nope, few queries that see all", .kind = Kind::none, .R = 5, .causal = false},
    {.name = "rope, float16, positions apart",
     .kind = Kind::pairs,
     .type = at::kHalf,
     .apart = true},
    {.name = "pope", .kind = Kind::polar, .D = 96},
    {.name = "pope, any phase, shared heads", .kind = Kind::polar, .Hk = 1, .phase = true},
    {.name = "pope, float16, any phase, relu, one query of 70 places",
     .kind = Kind::polar,
     .R = 1,
     .T = 70,
     .type = at::kHalf,
     .phase = true,
     .magnitude = Magnitude::relu},
    {.name = "pope, any phase, identity, positions apart, few queries",
     .kind = Kind::polar,
     .R = 7,
     .phase = true,
     .apart = true,
     .magnitude = Magnitude::identity},
};

/// Numbers that the 16-bit type holds, so that both ways start from the same.
struct Drawn {
  at::Tensor q, k, v, gradient;
  Turning turning;

  explicit Drawn(const OperatorCase& c) {
    at::manual_seed(3);
    const auto drawn = [&](int64_t H, int64_t rows) {  // heads side by side at a place
      return at::randn({c.B, rows, H, c.D}).to(c.type).transpose(1, 2);
    };
    q = drawn(c.H, c.R);
    k = drawn(c.Hk, c.T);
    v = drawn(c.Hk, c.T);
    gradient = drawn(c.H, c.R);
    turning.kind = static_cast<int64_t>(c.kind);
    turning.magnitude = static_cast<int64_t>(c.magnitude);
    turning.adjacent = c.adjacent;
    turning.causal = c.causal;
    turning.scale = c.scale;
    // Up to three turns either way: what the kernels' own range does not hold.
    if (c.phase) turning.phase = at::linspace(-19, 19, c.Hk * c.D).view({c.Hk, c.D});
    if (c.kind == Kind::none) return;
    const auto F = c.kind == Kind::polar ? c.D : c.D / 2;
    const auto place = at::arange(c.T, at::kDouble).unsqueeze(-1);
    auto angle = place * at::linspace(1, 0.01, F, at::kDouble);
    if (c.apart) angle = at::stack({angle, 3 * angle + 1});
    turning.tables = at::stack({angle.cos(), angle.sin()}).to(at::kFloat).contiguous();
  }
};

/// x [B, H, rows, D] turned, from the formula: complex numbers, real parts before imaginary ones.
at::Tensor turned(const at::Tensor& x, const OperatorCase& c, const at::Tensor& angle) {
  if (c.kind == Kind::none) return x;
  at::Tensor number;
  if (c.kind == Kind::polar) {
    const auto magnitude = c.magnitude == Magnitude::softplus ? at::softplus(x)
                           : c.magnitude == Magnitude::relu   ? at::relu(x)
                                                              : x;
    number = at::complex(magnitude * angle.cos(), magnitude * angle.sin());
  } else {
    const auto pair = c.adjacent ? x.unflatten(-1, {-1, 2}) : x.unflatten(-1, {2, -1}).mT();
    number =
        at::complex(pair.select(-1, 0), pair.select(-1, 1)) * at::complex(angle.cos(), angle.sin());
  }
  return at::cat({at::real(number), at::imag(number)}, -1);
}

struct Exact {
  at::Tensor output, lse, q, k, v, phase;
};

Exact formula(const OperatorCase& c, const Drawn& drawn) {
  const auto leaf = [](const at::Tensor& x) { return x.to(at::kDouble).clone().requires_grad_(); };
  const auto q = leaf(drawn.q), k = leaf(drawn.k), v = leaf(drawn.v);
  const auto phase = c.phase ? leaf(*drawn.turning.phase) : at::zeros({1, 1}, at::kDouble);
  at::Tensor angle;
  if (c.kind != Kind::none) {
    const auto table = drawn.turning.tables->to(at::kDouble);
    angle = at::atan2(table[1], table[0]).unsqueeze(-3);  // [.., 1, T, F]
  }
  const auto last = angle.defined() ? angle.slice(-2, c.T - c.R) : angle;
  const auto key_angle = angle.defined() ? angle + phase.unsqueeze(1) : angle;
  const auto shared = c.H / c.Hk;
  const auto keys = turned(k, c, key_angle).repeat_interleave(shared, 1);
  auto scores = turned(q, c, last).matmul(keys.mT()) * c.scale;
  if (c.causal) {
    const auto hidden = at::ones({c.R, c.T}, at::kBool).triu(c.T - c.R + 1);
    scores = scores.masked_fill(hidden, -std::numeric_limits<double>::infinity());
  }
  const auto output = scores.softmax(-1).matmul(v.repeat_interleave(shared, 1));
  output.backward(drawn.gradient.to(at::kDouble));
  return {
      output.detach(), scores.detach().logsumexp(-1), q.grad(), k.grad(), v.grad(), phase.grad()};
}

AttendedBack back_of(const Drawn& x, const Attended& done) {
  return attend_back_on_device(test::kHostLaunchers, x.gradient, done, x.q, x.k, x.v, x.turning);
}
Attended forward_of(const Drawn& x) {
  return attend_on_device(test::kHostLaunchers, x.q, x.k, x.v, x.turning);
}

}  // namespace

TEST_CASE("The operator on a GPU's kernels keeps its formula, gradients included",
          "[host-cuda][operators]") {
  for (const auto& c : kOperatorCases) {
    DYNAMIC_SECTION(c.name) {
      const Drawn drawn(c);
      const auto done = forward_of(drawn);
      const auto back = back_of(drawn, done);
      const auto exact = formula(c, drawn);
      // Turned queries, turned keys and patterns are rounded to 8 or 11 bits.
      const double rounding = c.type == at::kHalf ? 1e-3 : 8e-3;
      const auto close = [&](const at::Tensor& ours, const at::Tensor& theirs) {
        require_close(ours.to(at::kDouble), theirs, rounding);
      };
      CHECK(done.output.scalar_type() == c.type);
      close(done.output, exact.output);
      close(done.lse, exact.lse);
      close(back.query, exact.q);
      close(back.key, exact.k);
      close(back.value, exact.v);
      CHECK(back.phase.defined() == c.phase);
      if (c.phase) close(back.phase, exact.phase);
    }
  }
}

TEST_CASE("The operator on a GPU's kernels reads tensors however they lie",
          "[host-cuda][operators]") {
  const OperatorCase c{.name = "", .kind = Kind::polar, .phase = true};
  const Drawn drawn(c);
  auto moved = drawn;
  const auto odd_rows = [](const at::Tensor& x) {  // not at multiples of 16 bytes
    return at::constant_pad_nd(x, {1, 2}).slice(-1, 1, 1 + x.size(-1));
  };
  const auto odd_begin = [](const at::Tensor& x) {  // the same, though contiguous
    return at::empty({x.numel() + 1}, x.options()).slice(0, 1).view(x.sizes()).copy_(x);
  };
  moved.q = odd_rows(drawn.q);
  moved.k = odd_begin(drawn.k);
  moved.v = odd_rows(drawn.v);
  moved.gradient = odd_rows(drawn.gradient);
  const auto here = forward_of(drawn), there = forward_of(moved);
  CHECK(at::equal(here.output, there.output));
  const auto back_here = back_of(drawn, here), back_there = back_of(moved, there);
  CHECK(at::equal(back_here.query, back_there.query));
  CHECK(at::equal(back_here.key, back_there.key));
  CHECK(at::equal(back_here.value, back_there.value));
  CHECK(at::equal(back_here.phase, back_there.phase));
}

TEST_CASE("The operator on a GPU's kernels takes strides that lead nowhere",
          "[host-cuda][operators]") {
  const OperatorCase c{.name = "", .kind = Kind::polar, .R = 1, .T = 1, .phase = true};
  const Drawn drawn(c);
  auto moved = drawn;
  for (auto* const x : {&moved.q, &moved.k, &moved.v, &moved.gradient}) {
    const auto [B, H] = std::pair{x->size(0), x->size(1)};
    *x = x->clone().as_strided({B, H, 1, c.D}, {H * c.D, c.D, 7, 1});  // to a second place
  }
  const auto here = forward_of(drawn), there = forward_of(moved);
  CHECK(at::equal(here.output, there.output));
  CHECK(at::equal(back_of(drawn, here).key, back_of(moved, there).key));
}

TEST_CASE("The operator on a GPU's kernels answers no strings with none",
          "[host-cuda][operators]") {
  Drawn drawn({.name = "", .kind = Kind::polar, .phase = true});
  for (auto* const x : {&drawn.q, &drawn.k, &drawn.v, &drawn.gradient}) *x = x->slice(0, 0, 0);
  const auto done = forward_of(drawn);
  const auto back = back_of(drawn, done);
  CHECK(done.output.sizes() == drawn.q.sizes());
  CHECK(back.value.sizes() == drawn.v.sizes());
  CHECK(back.phase.equal(at::zeros_like(*drawn.turning.phase)));
}

TEST_CASE("The operator on a GPU's kernels asks the host to wait for nothing",
          "[host-cuda][operators]") {
  for (const auto& c : kOperatorCases) {
    INFO(c.name);
    const Drawn drawn(c);
    const auto reads = test::host_reads([&] { back_of(drawn, forward_of(drawn)); });
    CHECK(reads == std::vector<std::string>{});
  }
}

TEST_CASE("A whole turn more in a phase changes next to nothing", "[host-cuda][operators]") {
  const OperatorCase c{.name = "", .kind = Kind::polar, .phase = true};
  Drawn drawn(c);
  drawn.turning.phase = at::linspace(-6, 0, c.Hk * c.D).view({c.Hk, c.D});
  const auto done = forward_of(drawn);
  const auto back = back_of(drawn, done);
  for (const int turns : {-2, -1, 1, 2}) {
    auto turned_on = drawn;
    turned_on.turning.phase = *drawn.turning.phase + 2 * std::numbers::pi * turns;
    const auto again = forward_of(turned_on);
    require_close(again.output.to(at::kFloat), done.output.to(at::kFloat), 1e-3);
    require_close(back_of(turned_on, again).phase, back.phase, 2e-3);
  }
}

TEST_CASE("The operator on a GPU's kernels refuses in sentences", "[host-cuda][operators]") {
  const auto why = [](const std::function<void(Drawn&)>& change) {
    Drawn drawn({.name = "", .kind = Kind::polar, .phase = true});
    change(drawn);
    try {
      const auto done = forward_of(drawn);
      back_of(drawn, done);
    } catch (const c10::Error& refused) {
      return std::string(refused.what_without_backtrace());
    }
    return std::string();
  };
  CHECK(why([](Drawn&) {}).empty());
  CHECK_THAT(why([](Drawn& x) { x.q = x.q.to(at::kFloat); }),
             Contains("query must be bfloat16 or float16 on a GPU but is Float; convert it with "
                      ".bfloat16()"));
  CHECK_THAT(why([](Drawn& x) { x.k = x.k.to(at::kHalf); }),
             Contains("key is Half but query BFloat16; they must be alike"));
  CHECK_THAT(why([](Drawn& x) { x.gradient = x.gradient.to(at::kHalf); }),
             Contains("the output's gradient is Half but query BFloat16"));
  CHECK_THAT(why([](Drawn& x) { x.v = x.v.to(at::kMeta); }),
             Contains("value must be on cpu but is on meta"));
  CHECK_THAT(why([](Drawn& x) { x.turning.phase = x.turning.phase->to(at::kDouble); }),
             Contains("delta must be float32 but is Double"));
  CHECK_THAT(why([](Drawn& x) { x.turning.tables.reset(); }), Contains("need tables"));
  const auto narrow = [](Drawn& x) {
    for (auto* const heads : {&x.q, &x.k, &x.v}) *heads = heads->slice(-1, 0, 16);
    x.turning.phase.reset();
    x.turning.tables = x.turning.tables->slice(-1, 0, 16).contiguous();
  };
  CHECK_THAT(why(narrow),
             Contains("must be 32, 64, 96 or 128 on a GPU but is 16; pad query and key with -100"));
  const auto many = [](Drawn& x) {
    for (auto* const heads : {&x.q, &x.k, &x.v}) {
      *heads = heads->slice(0, 0, 1).slice(1, 0, 1).slice(2, 0, 1).expand({65536, 1, 1, -1});
    }
    x.turning.phase.reset();
    x.turning.tables = x.turning.tables->slice(1, 0, 1).contiguous();
  };
  CHECK_THAT(why(many), Contains("at most 65535 strings"));  // the kernels' own sentence
}
