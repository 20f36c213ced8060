// test_contribution.cpp: contributions by matrix products against its definition, pair by pair.

#include <ATen/ATen.h>

#include "tests/catch.hpp"
#include "tests/close.hpp"
#include "tests/metric_inputs.hpp"

using namespace ww;
using namespace ww::test;

namespace {

/// Their definitions pair by pair: each chunk's part of each score, formed and averaged.
class SlowRows final : public Visitor {
 public:
  at::Tensor covariance, variance, fisher;  // of layer 0
  int64_t rows = 0;

  void see(const AttentionView& view) override {
    if (view.layer == 0) view_ = view;
  }
  void see_rows(const AttentionView& view, const ScoreSlab& slab) override {
    if (view.layer != 0) return;
    const auto parts = parts_of(view);  // [H, T, T, F]
    const auto H = parts.size(0), T = parts.size(1), F = parts.size(3);
    if (!covariance.defined()) {
      covariance = at::zeros({H, F}, at::kDouble);
      fisher = at::zeros({H, F}, at::kDouble);
      variance = at::zeros({H}, at::kDouble);
    }
    const auto window = view.rule.window > 0 ? view.rule.window : T;
    for (int64_t h = 0; h < H; ++h) {
      for (int64_t t = 1; t < T; ++t)
        add_row(parts, slab, h, t, std::max<int64_t>(0, t - window + 1));
    }
    rows += T - 1;
  }

 private:
  static at::Tensor parts_of(const AttentionView& view) {
    const auto q = view.encoding->query_chunks(view.q.to(at::kDouble));
    const auto k = view.encoding->key_chunks(view.k.to(at::kDouble));
    const auto H = view.q.size(0), Hk = view.k.size(0), T = view.q.size(1);
    const auto z = [](const Chunks& c) {
      return at::complex(c.real.contiguous(), c.imaginary.contiguous());
    };
    const auto g = z(q).conj().unsqueeze(2) * z(k).repeat_interleave(H / Hk, 0).unsqueeze(1);
    const auto t = at::arange(T, at::kDouble);
    const auto angle = (t.unsqueeze(1) - t).unsqueeze(-1) * view.encoding->theta();
    return at::real(g * at::polar(at::ones_like(angle), -angle)) * view.rule.scale;
  }
  void add_row(const at::Tensor& parts, const ScoreSlab& slab, int64_t h, int64_t t, int64_t from) {
    const auto a = parts[h][t].narrow(0, from, t + 1 - from);                        // [S, F]
    const auto s = slab.scores[h][t].narrow(0, from, t + 1 - from).to(at::kDouble);  // [S]
    const auto p = slab.pattern[h][t].narrow(0, from, t + 1 - from).to(at::kDouble);
    const auto off = s - s.mean();
    covariance[h] += ((a - a.mean(0)) * off.unsqueeze(1)).mean(0);
    variance[h] += (off * off).mean();
    auto effect = a;  // of a chunk on the capped score, to first order
    if (view_.rule.cap > 0) {
      effect = a * (1 - (s / view_.rule.cap).tanh().pow(2)).unsqueeze(1);
    }
    const auto mean = (p.unsqueeze(1) * effect).sum(0);
    fisher[h] += (p.unsqueeze(1) * effect * effect).sum(0) / 2 - mean * mean / 2;
  }

  AttentionView view_;
};

void check_contribution(const ModelConfig& config) {
  const auto model = made(config);
  SlowRows slow;
  WalkOptions options;
  options.visitor = &slow;
  walk(model, some_texts(), options);
  const auto pattern = collect(model, some_texts(), everything()).layers.front().pattern;
  REQUIRE(pattern.rows == slow.rows);
  require_close(pattern.covariance, slow.covariance, 1e-5);
  require_close(pattern.variance, slow.variance, 1e-5);
  require_close(pattern.fisher, slow.fisher, 1e-5);
}

double value(const ProbeFile& file, const std::string& name, size_t index) {
  return file.variables.at(name).values.at(index);
}

}  // namespace

TEST_CASE("Contributions by matrix products equal the sums over every pair", "[metrics]") {
  SECTION("plain") { check_contribution(small_config()); }
  SECTION("pope") { check_contribution(small_config("pope")); }
  SECTION("under a soft cap") {
    auto config = small_config();
    config.score_cap = 1.5;
    check_contribution(config);
  }
  SECTION("in a window") {
    auto config = small_config();
    config.windows = {7, 0};
    check_contribution(config);
  }
}

TEST_CASE("Shares of what never turns complete those of the frequencies", "[metrics]") {
  auto config = small_config();
  config.encoding_options.rotary_fraction = 0.5;
  const auto file = measured(made(config), {"contribution"});
  const auto& rest = file.variables.at("metrics/covariance_share_rest").values;
  for (size_t i = 0; i < rest.size(); ++i) {
    CHECK(std::abs(rest[i]) > 1e-3);
    CHECK(rest[i] + value(file, "metrics/covariance_share", 2 * i) +
              value(file, "metrics/covariance_share", 2 * i + 1) ==
          Approx(1).epsilon(1e-5));
  }
}
