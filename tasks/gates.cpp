#include "tasks/gates.hpp"

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "base/philox.hpp"
#include "tasks/batch.hpp"

namespace ww {

namespace {

constexpr uint64_t kGateSeed = 0;
constexpr Split kSplits[] = {Split::train, Split::val, Split::test};

/// How many standard errors `count` of `asked` is from a chance of p; 0 where both agree exactly.
double departure(int64_t count, int64_t asked, double p) {
  const double off = std::abs(static_cast<double>(count) / asked - p);
  const double standard_error = std::sqrt(std::max(0.0, p * (1 - p)) / asked);
  return off < 1e-9 ? 0 : off / standard_error;
}

/// The oracle and the labels, from the same samples.
std::vector<Gate> answers(const Task& task, int questions) {
  int right = 0;
  double worst = 0;
  for (const auto split : kSplits) {
    std::vector<int64_t> counts(task.labels(), 0);
    for (int i = 0; i < questions; ++i) {
      const auto sample = sample_at(task, {.split = split, .seed = kGateSeed}, i);
      const auto& query = sample.queries.front();
      right += task.solve(sample.string, query.tokens) == query.answer;
      ++counts.at(query.answer);
    }
    for (const auto count : counts) {
      worst = std::max(worst, departure(count, questions, 1.0 / task.labels()));
    }
  }
  const int asked = questions * static_cast<int>(std::size(kSplits));
  return {
      {"oracle",
       fmt::format(
           "{} of {} questions of train, val and test answered from their tokens", right, asked),
       right == asked},
      {"labels",
       fmt::format("{} labels, the farthest count {:.1f} standard errors from uniform (up to 5)",
                   task.labels(),
                   worst),
       worst <= 5}};
}

Gate invariances(const Task& task, int count) {
  std::string broken;
  const auto rules = task.invariances();
  for (size_t rule = 0; rule < rules.size(); ++rule) {
    for (int i = 0; i < count && broken.empty(); ++i) {
      const auto sample = sample_at(task, {.seed = kGateSeed}, i);
      Draw draw(kGateSeed, i, fnv32(rules[rule].rule));
      if (!rules[rule].holds(sample, draw))
        broken = fmt::format("'{}' fails at sample {}", rules[rule].rule, i);
    }
  }
  if (!broken.empty()) return {"invariances", broken, false};
  return {
      "invariances", fmt::format("{} rules hold for {} samples each", rules.size(), count), true};
}

/// How often each floor's strategy is right: a blind pick among the view's candidates.
std::vector<int64_t> play(const Task& task, size_t floors, int count) {
  std::vector<int64_t> right(floors, 0);
  for (int i = 0; i < count; ++i) {
    const auto sample = sample_at(task, {.seed = kGateSeed}, i);
    const auto& query = sample.queries.front();
    Draw draw(kGateSeed, i, fnv32("strategy"));
    for (size_t floor = 0; floor < floors; ++floor) {
      const auto candidates = task.candidates(floor, sample, query);
      if (candidates.empty()) continue;
      const auto pick = draw.below(static_cast<uint32_t>(candidates.size()));
      right[floor] += candidates[pick] == query.answer;
    }
  }
  return right;
}

Gate floors(const Task& task, int count) {
  const auto ladder = task.floors();
  const auto right = play(task, ladder.size(), count);
  double worst = 0;
  size_t farthest = 0;
  for (size_t floor = 0; floor < ladder.size(); ++floor) {
    const double off = departure(right[floor], count, ladder[floor].accuracy);
    if (off > worst) farthest = floor;
    worst = std::max(worst, off);
  }
  return {"floors",
          fmt::format("{} strategies on {} questions, the farthest {:.1f} standard errors from its "
                      "floor (up to 4): {}, {:.2f} % for {:.2f} %",
                      ladder.size(),
                      count,
                      worst,
                      ladder[farthest].view,
                      100.0 * right[farthest] / count,
                      100 * ladder[farthest].accuracy),
          worst <= 4};
}

}  // namespace

std::vector<Gate> task_gates(const Task& task, const GateSizes& sizes) {
  auto gates = answers(task, sizes.questions);
  gates.push_back(invariances(task, sizes.rearranged));
  gates.push_back(floors(task, sizes.guessed));
  return gates;
}

}  // namespace ww
