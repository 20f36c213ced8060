// test_selfcheck.cpp: what a probe does before it writes: rebuilt logits, and a vote on the layout.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/files.hpp"
#include "base/philox.hpp"
#include "models/encodings/rope.hpp"
#include "models/load.hpp"
#include "probes/selfcheck.hpp"
#include "tests/catch.hpp"
#include "tests/made_weights.hpp"
#include "tests/metric_inputs.hpp"
#include "tests/program.hpp"

using namespace ww;

namespace {

/// The error of a layer's scores under another encoding than the one that made them, or of queries
/// that were captured before their norm.
double error_under(const EncodingOptions& options,
                   double wrong_scale = 1,
                   bool before_norm = false) {
  constexpr int64_t H = 2, T = 70, D = 8;
  const auto ramp = [&](double pace) {
    return at::arange(H * T * D, at::kDouble).mul(pace).cos().view({H, T, D});
  };
  const auto raw = ramp(0.3), k = ramp(0.7);
  const auto q = raw / raw.pow(2).mean(-1, true).sqrt();
  const Rope right({H, H, D, {}, nullptr}), other({H, H, D, options, nullptr});
  const auto turn = make_turn(at::arange(T), right.theta(), at::kDouble);
  const auto scores = right.query(q, turn).matmul(right.key(k, turn).mT()) / std::sqrt(double(D));
  const auto shown =
      (scores * wrong_scale).index_select(1, sampled_rows(T)).index_select(2, sampled_keys(T));
  AttentionView view;
  view.encoding = &other;
  view.rule.scale = 1 / std::sqrt(double(D));
  view.q = before_norm ? raw : q;
  view.k = k;
  return logit_error(view, shown);
}

/// What each prediction of ids costs a model, nats, from its logits.
std::vector<double> losses_of(const Decoder& model, const std::vector<int32_t>& ids) {
  const c10::NoGradGuard no_grad;
  const auto logits = model.forward(text_input(ids, at::kCPU))[0].to(at::kDouble);
  const auto log_shares = logits.log_softmax(-1);
  std::vector<double> losses;
  for (size_t t = 0; t + 1 < ids.size(); ++t) {
    losses.push_back(-log_shares[int64_t(t)][ids[t + 1]].item<double>());
  }
  return losses;
}

double mean_of_first(const std::vector<double>& losses, size_t count) {
  return std::accumulate(losses.begin(), losses.begin() + int64_t(count), 0.0) / double(count);
}

/// Ids of a text as it is written: few symbols often, many seldom.
std::vector<int32_t> made_text(int64_t length, int64_t vocabulary, uint64_t seed) {
  std::vector<int32_t> ids;
  for (int64_t t = 0; t < length; ++t) {
    const double share = std::pow(uniform_at(seed, 1, uint64_t(t)), 3);
    ids.push_back(static_cast<int32_t>(share * double(vocabulary)));
  }
  return ids;
}

bool refuses(const LayoutVote& vote) { return vote.gain > 0.05 && vote.abstains.empty(); }

}  // namespace

TEST_CASE("Logits rebuilt from chunks betray a wrong base, layout or scale, and a missing norm",
          "[probe]") {
  CHECK(error_under({}) < 1e-12);
  CHECK(error_under({.base = 10100}) > kLogitErrorLimit);
  CHECK(error_under({.layout = "adjacent"}) > 0.2);
  CHECK(error_under({.rotary_fraction = 0.5}) > 0.01);
  CHECK(error_under({}, 1.001) > kLogitErrorLimit);
  CHECK(error_under({}, 1, true) > 0.01);
}

TEST_CASE("An opening votes on the layout, its first tokens alone where they are sure", "[probe]") {
  auto loaded = load_checkpoint(test::source_root() / "data/stories260k/stories260K.bin");
  const auto golden =
      nlohmann::json::parse(read_file(test::source_root() / "tests/golden/usage_stories260k.json"));
  const auto ids = golden["texts"][0]["ids"].get<std::vector<int32_t>>();
  auto config = loaded.model.config();
  config.encoding_options.layout = "half";
  const auto misread = with_config(loaded.model, config);
  const auto right = losses_of(loaded.model, ids), wrong = losses_of(misread, ids);

  const auto sure = layout_vote(loaded.model, ids, right);
  CHECK(sure.tokens == 64);
  CHECK(sure.gain == Approx(mean_of_first(right, 63) - mean_of_first(wrong, 63)).epsilon(1e-5));
  CHECK(sure.gain < -0.5);

  const auto caught = layout_vote(misread, ids, wrong);
  CHECK(caught.tokens == int64_t(ids.size()));
  CHECK(caught.gain ==
        Approx(mean_of_first(wrong, wrong.size()) - mean_of_first(right, right.size()))
            .epsilon(1e-5));
  CHECK(caught.gain > 1);

  auto unsure = wrong;  // as read, costs like the other layout's: the rest must be asked
  CHECK(layout_vote(loaded.model, ids, unsure).tokens == int64_t(ids.size()));
  CHECK(layout_vote(loaded.model, {ids.begin(), ids.begin() + 31}, right).tokens == 0);
}

TEST_CASE("Random models of every family are no evidence of a misread layout", "[probe]") {
  const auto golden =
      nlohmann::json::parse(read_file(test::source_root() / "tests/golden/families.json"));
  for (const auto& made : golden["models"]) {
    const test::TemporaryFolder folder;
    test::write_huggingface(folder.path(), made);
    const auto loaded = load_checkpoint(folder.path());
    for (uint64_t seed = 0; seed < 6; ++seed) {
      const auto ids = made_text(64, loaded.model.config().vocabulary, seed);
      const auto vote = layout_vote(loaded.model, ids, losses_of(loaded.model, ids));
      INFO(made["name"].get<std::string>() << ", text " << seed);
      CHECK_FALSE(refuses(vote));
      CHECK((vote.tokens == 0 || !vote.abstains.empty()));
    }
  }
}

TEST_CASE("Random models of any scale are no evidence of a misread layout", "[probe]") {
  for (const double scale : {0.5, 2.0, 6.0}) {
    for (const bool tied : {false, true}) {
      for (uint64_t seed = 0; seed < 8; ++seed) {
        auto c = test::small_config();
        c.vocabulary = 40;
        c.tied = tied;
        Decoder model(c);
        model.parameters().initialise(seed, c.width, c.layers);
        const c10::NoGradGuard no_grad;
        model.parameters().values().mul_(scale);
        const auto ids = made_text(200, 40, seed);
        const auto vote = layout_vote(model, ids, losses_of(model, ids));
        INFO(scale << ", " << tied << ", " << seed << ": " << vote.gain << " +- " << vote.error);
        CHECK_FALSE(refuses(vote));
      }
    }
  }
}

TEST_CASE("A vote abstains where nothing is predicted or the difference may be chance", "[probe]") {
  std::vector<int32_t> symbols;
  std::vector<double> low, high, noisy;
  for (int i = 0; i < 100; ++i) {
    symbols.push_back(i % 50);
    low.push_back(1 + 0.01 * (i % 7));
    high.push_back(3 + 0.01 * (i % 5));
    noisy.push_back(low.back() + (i % 2 == 0 ? 2.0 : -1.8));
  }
  CHECK(refuses(judged(high, low, symbols, 100)));
  CHECK(judged(low, high, symbols, 100).abstains.empty());
  CHECK_THAT(judged(high, low, symbols, 3).abstains, Catch::Matchers::Contains("predicts nothing"));
  CHECK_THAT(judged(noisy, low, symbols, 100).abstains,
             Catch::Matchers::Contains("standard error"));
  const std::vector<int32_t> one_symbol(100, 7);  // as one observation
  CHECK_FALSE(judged(high, low, one_symbol, 100).abstains.empty());
}
