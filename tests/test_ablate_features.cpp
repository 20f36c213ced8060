// test_ablate_features.cpp: interventions on models without frequencies, whose features are chunks
// that never turn: scores against sums over the features, restated here.

#include <ATen/ATen.h>

#include "tests/ablation_bench.hpp"
#include "tests/catch.hpp"

using namespace ww;
using namespace ww::test;

namespace {

/// Queries and keys of layer 0, [H, T, D], a text each; key heads spread.
class TextCatcher final : public Visitor {
 public:
  std::vector<at::Tensor> query, key;
  void see(const AttentionView& view) override {
    if (view.layer != 0) return;
    query.push_back(view.q.to(at::kDouble));
    key.push_back(view.k.to(at::kDouble).repeat_interleave(view.q.size(0) / view.k.size(0), 0));
  }
};

/// Mean over the tokens of all texts but the first, position 0 left out: [H, 1, D].
at::Tensor mean_elsewhere(const std::vector<at::Tensor>& texts, bool magnitude) {
  at::Tensor sum = at::zeros_like(texts[0].select(1, 0));
  int64_t tokens = 0;
  for (size_t i = 1; i < texts.size(); ++i) {
    for (int64_t t = 1; t < texts[i].size(1); ++t, ++tokens) {
      const auto x = texts[i].select(1, t);
      sum += magnitude ? x.abs() : x;
    }
  }
  return (sum / double(tokens)).unsqueeze(1);
}

/// What scores gain where the query and the key stand in place of the model's; pairs with position
/// 0 gain nothing.
at::Tensor gain(const Bench& bench,
                const TextCatcher& seen,
                const at::Tensor& query,
                const at::Tensor& key) {
  const auto products = [](const at::Tensor& q, const at::Tensor& k) {
    return (q.unsqueeze(2) * k.unsqueeze(1)).sum(-1);
  };
  auto change =
      (products(query, key) - products(seen.query[0], seen.key[0])) * bench.model.config().scale();
  change.select(1, 0).zero_();
  change.select(2, 0).zero_();
  return change;
}

}  // namespace

TEST_CASE("Without frequencies interventions act on features", "[ablate]") {
  for (const auto* const encoding : {"nope", "alibi", "t5", "sinusoidal", "learned"}) {
    INFO(encoding);
    const Bench bench(small_config(encoding));
    TextCatcher seen;
    WalkOptions options;
    options.visitor = &seen;
    walk(bench.model, some_texts(), options);
    const auto &q = seen.query[0], &k = seen.key[0];
    const auto check_gain =
        [&](const Intervention& intervention, const at::Tensor& query, const at::Tensor& key) {
          INFO(intervention.row->name);
          const auto scores = bench.scores(intervention);
          const auto expected = gain(bench, seen, query, key);
          CHECK(expected.abs().max().item<double>() > 0.01);
          // upper triangle: hidden from attention
          CHECK((scores.after - scores.before - expected).tril().abs().max().item<double>() < 2e-5);
        };
    check_gain(named("zero"), at::zeros_like(q), k);
    auto half = named("attenuate");
    half.factor = 0.5;
    check_gain(half, q * 0.5, k);
    const auto wide = [](const at::Tensor& mean, const at::Tensor& x) { return mean.expand_as(x); };
    check_gain(named("mean"),
               wide(mean_elsewhere(seen.query, false), q),
               wide(mean_elsewhere(seen.key, false), k));
    check_gain(named("magnitude-strip"),
               q.sign() * mean_elsewhere(seen.query, true),
               k.sign() * mean_elsewhere(seen.key, true));
    check_gain(named("phase-strip"),
               q.abs() * mean_elsewhere(seen.query, false).sign(),
               k.abs() * mean_elsewhere(seen.key, false).sign());
    for (const auto* const still : {"unshift", "unscale", "derotate"}) {
      const auto scores = bench.scores(named(still));
      CHECK(scores.after.equal(scores.before));
    }
  }
}
