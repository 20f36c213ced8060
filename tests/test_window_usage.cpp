// test_window_usage.cpp: usage of queries and keys as the kernel reads them, run on the host,
// against the same in tensor operations, for every row of the encodings table.

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>

#include <limits>

#include "models/kernels/cuda/usage.cuh"
#include "models/window_usage.hpp"
#include "probes/usage.hpp"
#include "tests/catch.hpp"
#include "tests/close.hpp"

using namespace ww;
using namespace ww::kernels::cuda;

namespace {

constexpr int64_t G = 2, D = 16;
constexpr double kUnwritten = std::numeric_limits<double>::quiet_NaN();

/// Fixed values from -3 to 3, no two alike.
at::Tensor ramp(at::IntArrayRef shape, double phase) {
  return (at::arange(c10::multiply_integers(shape), at::kDouble) * 0.7 + phase)
      .sin()
      .mul(3)
      .to(at::kFloat)
      .view(shape);
}

/// Heads [G, T, D] as attention has them: a part of the rows of one product.
at::Tensor heads(int64_t T) { return ramp({T, 3, G, D}, 0.1).select(1, 1).transpose(0, 1); }

std::unique_ptr<Encoding> make(const std::string& name, const EncodingOptions& options) {
  const auto lookup = [](const std::string& local) {
    return local == "delta" ? ramp({G, D}, 0.5) - 3 : ramp({G, 32}, 0.5);
  };
  return encoding_row(name).make({G, G, D, options, nullptr}, lookup);
}

/// What kernel_usage() does on a GPU.
WindowUsage by_kernel(const Encoding& encoding, const at::Tensor& x, Side side, bool first) {
  auto call = usage_call(encoding, x, first).value();
  auto parts = at::full({usage_parts(call), 8}, kUnwritten, at::kDouble);
  auto sums = at::full({call.H, call.F, 8}, kUnwritten, at::kDouble);
  call.parts = reinterpret_cast<UsageOfFrequency*>(parts.mutable_data_ptr<double>());
  call.sums = reinterpret_cast<UsageOfFrequency*>(sums.mutable_data_ptr<double>());
  run_usage(call, nullptr);
  const auto delta = side == Side::key ? encoding.key_phase() : at::Tensor();
  return usage_from(sums, delta, first || call.T > 1);
}

constexpr at::Tensor WindowUsage::*kFields[] = {&WindowUsage::norm,
                                                &WindowUsage::square,
                                                &WindowUsage::largest,
                                                &WindowUsage::real,
                                                &WindowUsage::imaginary,
                                                &WindowUsage::real_square,
                                                &WindowUsage::imaginary_square,
                                                &WindowUsage::first};

/// Pairs are exact in float64; tensors round magnitudes, and their turns, to float32.
void compare(const Encoding& encoding, const at::Tensor& x, Side side, bool first) {
  const auto found = by_kernel(encoding, x, side, first);
  const auto plain = plain_usage(chunks_of(encoding, x, side), first);
  const double allowed = encoding.polar() ? 1e-6 : 1e-13;
  for (const auto field : kFields) {
    REQUIRE((found.*field).defined() == (plain.*field).defined());
    if (!(plain.*field).defined()) continue;
    const auto scale = plain.square.defined() ? plain.square.max().item<double>() : 9.0;
    CHECK((found.*field - plain.*field).abs().max().item<double>() <= allowed * scale);
  }
}

EncodingOptions options_of(const std::string& name) { return encoding_row(name).fallbacks; }

}  // namespace

TEST_CASE("The kernel's usage is the tensors' for every encoding it has words for", "[probe]") {
  for (const auto& row : encodings()) {
    const auto encoding = make(row.name, row.fallbacks);
    if (!usage_call(*encoding, heads(3), true)) continue;
    for (const int64_t T : {1, 2, 31, 300}) {
      for (const bool first : {false, true}) {
        INFO(row.name << ", T " << T << ", first " << first);
        for (const auto side : {Side::query, Side::key}) compare(*encoding, heads(T), side, first);
      }
    }
  }
}

TEST_CASE("The kernel's usage is the tensors' for every layout and magnitude", "[probe]") {
  for (const auto* const layout : {"half", "adjacent"}) {
    auto o = options_of("rope");
    o.layout = layout;
    o.rotary_fraction = 0.5;
    compare(*make("rope", o), heads(40), Side::key, false);
  }
  for (const auto* const magnitude : {"softplus", "relu", "identity"}) {
    auto o = options_of("pope");
    o.magnitude = magnitude;
    compare(*make("pope", o), heads(40), Side::key, false);
  }
}

TEST_CASE("The kernel takes what it has words for and leaves the rest to tensors", "[probe]") {
  const auto taken = [](const std::string& name, const at::Tensor& x) {
    return usage_call(*make(name, options_of(name)), x, true).has_value();
  };
  for (const auto* const name : {"rope", "rope_half", "pope"}) CHECK(taken(name, heads(3)));
  for (const auto* const name : {"nope", "alibi", "t5", "learned"})
    CHECK_FALSE(taken(name, heads(3)));
  CHECK(taken("rope", heads(3).to(at::kBFloat16)));
  CHECK(taken("rope", heads(3).to(at::kHalf)));
  CHECK_FALSE(taken("rope", heads(3).to(at::kDouble)));
  CHECK_FALSE(taken("rope", ramp({G, D, 3}, 0).mT()));  // features are not neighbours
  CHECK_FALSE(taken("rope", ramp({1, 1, D}, 0).expand({70'000, 1, D})));
  CHECK_FALSE(taken("rope", ramp({G, 0, D}, 0)));
  FrequencyTable some{std::vector<double>(D / 2, 0.1)};
  const auto lookup = [](const std::string&) { return at::Tensor(); };
  auto o = options_of("pope");
  o.delta = "off";
  const auto partial = encoding_row("pope").make({G, G, D, o, &some}, lookup);
  CHECK_FALSE(usage_call(*partial, heads(3), true));
}

TEST_CASE("On the CPU usage comes from tensor operations, features that never turn with it",
          "[probe]") {
  for (const std::string name : {"rope", "rope_half", "pope", "nope"}) {
    const auto encoding = make(name, options_of(name));
    CHECK_FALSE(kernel_usage(*encoding, heads(5), Side::key, false));
    UsageSums from_heads, from_chunks;
    add_window(from_heads, *encoding, heads(5), Side::key, false);
    add_window(from_chunks, encoding->key_chunks(heads(5)), false);
    CHECK(from_heads.tokens == 4);
    CHECK(from_heads.norm.equal(from_chunks.norm));
    CHECK(from_heads.imaginary.equal(from_chunks.imaginary));
    REQUIRE(from_heads.tail.defined() == from_chunks.tail.defined());
    if (from_heads.tail.defined()) CHECK(from_heads.tail.equal(from_chunks.tail));
  }
}
