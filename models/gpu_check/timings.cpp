#include "models/gpu_check/timings.hpp"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>

#include "models/gpu_check/baseline.hpp"
#include "models/gpu_check/on_device.hpp"
#include "models/gpu_check/words.hpp"
#include "models/kernels/cuda/runtime.hpp"

namespace ww {

using namespace kernels;
using namespace kernels::cuda;
using nlohmann::json;

namespace {

struct Contestant {
  std::string name;
  std::function<void()> forward, backward;
  std::vector<double> forward_ms, backward_ms;
  std::string refused;  // its own words where it cannot
};

ProblemOptions shape(Kind kind, int64_t B, int64_t H, int64_t T, int64_t D) {
  ProblemOptions o;
  o.name = "timing";
  o.kind = kind;
  o.B = B, o.H = o.Hk = H, o.Tq = o.Tk = T, o.D = D;
  return o;
}

std::vector<ProblemOptions> shapes() {
  std::vector<ProblemOptions> all;
  for (const auto kind : {Kind::pairs, Kind::polar}) {
    all.push_back(shape(kind, 64, 8, 56, 64));
    all.push_back(shape(kind, 16, 8, 512, 64));
    all.push_back(shape(kind, 4, 8, 1024, 64));
    all.push_back(shape(kind, 4, 8, 1024, 128));
  }
  return all;
}

/// One more time of each, forward then backward, where it can.
void run_round(std::vector<Contestant>& all, bool timed) {
  Stopwatch watch(nullptr);
  const auto time = [&](const std::function<void()>& work) {
    watch.start();
    work();
    return watch.stop();
  };
  for (auto& contestant : all) {
    if (!contestant.refused.empty()) continue;
    try {
      const double forward = time(contestant.forward), backward = time(contestant.backward);
      if (!timed) continue;
      contestant.forward_ms.push_back(forward);
      contestant.backward_ms.push_back(backward);
    } catch (const std::exception& error) {
      const std::string words = error.what();
      contestant.refused = words.substr(0, words.find('\n'));
    }
  }
}

json summary(std::vector<double> times) {
  std::ranges::sort(times);
  return {{"median", times[times.size() / 2]}, {"least", times.front()}, {"most", times.back()}};
}

json row_of(const ProblemOptions& o,
            const char* direction,
            const std::vector<Contestant>& all,
            std::vector<double> Contestant::*times) {
  json row = {{"kind", word_of(o.kind)},
              {"element", word_of(o.element)},
              {"B", o.B},
              {"H", o.H},
              {"T", o.Tq},
              {"D", o.D},
              {"direction", direction}};
  for (const auto& contestant : all) {
    const auto& own = contestant.*times;
    row["milliseconds"][contestant.name] =
        contestant.refused.empty() ? summary(own) : json(contestant.refused);
  }
  return row;
}

void time_shape(json& rows, const ProblemOptions& options, int rounds) {
  AttentionProblem problem(options);
  DeviceProblem device(problem);
  std::vector<Contestant> all;
  all.push_back({"kernel", [&] { device.forward(); }, [&] { device.backward(); }, {}, {}, ""});
  std::vector<Baseline> baselines;
  for (const auto backend : backends()) baselines.emplace_back(problem, backend);
  device.solve();
  device.fetch();
  for (auto& baseline : baselines) {
    all.push_back({baseline.name(),
                   [&baseline] { baseline.forward(); },
                   [&baseline] { baseline.backward(); },
                   {},
                   {},
                   baseline.disagreement(problem)});
  }
  for (int round = 0; round < rounds / 4 + 1; ++round) run_round(all, false);
  for (int round = 0; round < rounds; ++round) run_round(all, true);
  if (!all[0].refused.empty()) throw std::runtime_error(all[0].refused);
  rows.push_back(row_of(options, "forward", all, &Contestant::forward_ms));
  rows.push_back(row_of(options, "backward", all, &Contestant::backward_ms));
}

}  // namespace

void time_attention(json& rows, int rounds) {
  for (const auto& options : shapes()) time_shape(rows, options, rounds);
}

}  // namespace ww
