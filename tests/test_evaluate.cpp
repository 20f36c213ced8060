// test_evaluate.cpp: answers are counted once, where they belong, and wrong ones are told apart.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "models/evaluate.hpp"
#include "tests/catch.hpp"
#include "tests/small_run.hpp"

using namespace ww;

TEST_CASE("An evaluation counts each answer once and in the right slice", "[train]") {
  auto options = test::small_run("", "nope");
  const auto run = resolve(options.run);
  Decoder model(run.model);
  model.parameters().initialise(5, run.model.width, run.model.layers);
  const auto found = evaluate(model, run, Split::val, 300);
  CHECK(found.total.asked == 300);
  const c10::NoGradGuard no_grad;
  int64_t right = 0, by_shift[3] = {}, wrong = 0;
  double loss = 0;
  for (uint64_t i = 0; i < 300; ++i) {
    const auto sample = sample_at(*run.task, run.evaluation_stream(Split::val), i);
    std::vector<int32_t> ids = sample.string;
    ids.insert(ids.end(), sample.queries[0].tokens.begin(), sample.queries[0].tokens.end());
    const auto T = static_cast<int64_t>(ids.size());
    auto tokens = at::empty({1, T}, at::kLong);
    auto positions = at::empty({T}, at::kLong);
    for (int64_t t = 0; t < T; ++t) tokens[0][t] = ids[t], positions[t] = t;
    const auto logits = model.forward({tokens, positions, {}, {}})[0][-1];
    const bool good = logits.argmax().item<int64_t>() == sample.queries[0].answer;
    loss -= logits.to(at::kDouble).log_softmax(-1)[sample.queries[0].answer].item<double>();
    right += good;
    wrong += !good;
    by_shift[sample.queries[0].shift + 1] += good;
  }
  CHECK(found.total.right == right);
  CHECK(found.loss == Approx(loss / 300).epsilon(1e-5));
  for (int shift = -1; shift <= 1; ++shift) {
    CHECK(found.slices.at("shift").at(shift).right == by_shift[shift + 1]);
  }
  int64_t classified = 0;
  for (const auto& [name, count] : found.pointer_errors) classified += count;
  CHECK(classified == wrong);
}

TEST_CASE("A wrong answer falls into the first class that fits", "[train]") {
  const auto query = [](int shift) { return Query{{}, 0, 5, 5 + shift, shift}; };
  CHECK(pointer_error(query(2), 5, 3) == "source copied");
  CHECK(pointer_error(query(2), 6, 3) == "off by one");
  CHECK(pointer_error(query(2), 8, 3) == "off by one");
  CHECK(pointer_error(query(2), 3, 3) == "right size, wrong sign");
  CHECK(pointer_error(query(3), 6, 3) == "right side, in reach");
  CHECK(pointer_error(query(2), 2, 3) == "in reach");
  CHECK(pointer_error(query(2), 1, 3) == "in the string");
  CHECK(pointer_error(query(2), -1, 3) == "absent");
}
