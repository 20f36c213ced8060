#include "models/gpu_check/gpu_check.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "models/device.hpp"
#include "models/gpu_check/decoder_step.hpp"
#include "models/gpu_check/on_device.hpp"
#include "models/gpu_check/steps_on_device.hpp"
#include "models/gpu_check/timings.hpp"
#include "models/gpu_check/usage_in_tensors.hpp"
#include "models/gpu_check/words.hpp"
#include "models/kernels/cuda/check/usage_problem.hpp"
#include "models/kernels/cuda/check/warps.hpp"
#include "models/kernels/cuda/runtime.hpp"
#include "models/processes/shared_sum.hpp"

namespace ww {

using namespace kernels;
using namespace kernels::cuda;
using nlohmann::json;

namespace {

/// What did not hold; ends the check, after everything so far is recorded.
struct Failure {
  std::string sentence;
};

/// Errors by name; throws Failure at the first that is too large.
void add_distances(json& row, const std::vector<Distance>& distances) {
  std::string sentence;
  for (const auto& distance : distances) {
    row["errors"][distance.tensor] = distance.error;
    if (distance.holds() || !sentence.empty()) continue;
    sentence = fmt::format(
        "{} is off by {:.2e}, more than {:.2e}", distance.tensor, distance.error, distance.allowed);
  }
  if (!sentence.empty()) throw Failure{sentence};
}

/// The row is in the record even where `work` ends the check.
template <typename Work>
void with_row(json& rows, json row, const Work& work) {
  rows.push_back(std::move(row));
  try {
    work(rows.back());
  } catch (const Failure& failure) {
    auto about = rows.back();
    about.erase("errors");
    throw Failure{fmt::format("{} ({})", failure.sentence, about.dump())};
  }
}

void check_warps(json& rows) {
  for (const auto element : {Element::bfloat16, Element::float16}) {
    with_row(rows, {{"element", word_of(element)}}, [&](json& row) {
      constexpr int kWarpsTried = 64;
      auto trials = draw_trials(element, kWarpsTried, 1);
      std::vector<Answer> answers(trials.size());
      DeviceCopies copies;
      const auto* const on_device = copies.upload(trials);
      auto* const answered = copies.upload(answers);
      try_warps(element, kWarpsTried, on_device, answered, nullptr);
      finish("trial", nullptr);
      copies.fetch();
      add_distances(row, answer_distances(answers, host_answers(element, trials)));
    });
  }
}

json about(const ProblemOptions& o) {
  return {{"problem", o.name},
          {"kind", word_of(o.kind)},
          {"element", word_of(o.element)},
          {"B", o.B},
          {"H", o.H},
          {"Hk", o.Hk},
          {"Tq", o.Tq},
          {"Tk", o.Tk},
          {"D", o.D},
          {"seed", o.seed}};
}

void check_attention_problems(json& rows) {
  for (const auto& options : attention_problems()) {
    with_row(rows, about(options), [&](json& row) {
      AttentionProblem problem(options);
      DeviceProblem device(problem);
      device.solve();
      device.fetch();
      add_distances(row, distances(options.element, problem.answer(), problem.reference()));
      const auto first = std::vector{problem.output.bits, problem.d_query.bits, problem.d_key.bits};
      device.solve();
      device.fetch();
      if (first != std::vector{problem.output.bits, problem.d_query.bits, problem.d_key.bits}) {
        throw Failure{"the same call gave other bits"};
      }
    });
  }
}

void check_usage_problems(json& rows) {
  for (const auto kind : {Kind::pairs, Kind::polar}) {
    for (const int64_t T : {1, 256, 1000}) {
      with_row(rows, {{"kind", word_of(kind)}, {"T", T}}, [&](json& row) {
        auto problem = draw_usage(kind, T);
        DeviceCopies copies;
        auto usage = problem.usage;
        usage.data = copies.upload(problem.features);
        usage.parts = copies.upload(problem.parts);
        usage.sums = copies.upload(problem.sums);
        sum_usage(usage, nullptr);
        finish("usage", nullptr);
        copies.fetch();
        add_distances(row, {usage_distance(problem.sums, host_usage(problem))});
      });
    }
  }
}

void check_usage_in_tensors(json& rows) {
  constexpr int64_t kTokens = 300;  // more than one part
  for (const auto& encoding : encodings()) {
    if (!kernel_sums(encoding)) continue;
    for (const auto side : {Side::query, Side::key}) {
      const json row = {{"encoding", encoding.name}, {"side", side == Side::key ? "key" : "query"}};
      with_row(rows, row, [&](json& found) {
        add_distances(found, usage_distances(encoding, kTokens, side));
      });
    }
  }
}

/// What one GPU can say of several: the sum of one process, eager and captured in the update.
void check_sums(json& rows) {
  const auto& encoding = encoding_row("rope");
  for (const bool replayed : {false, true}) {
    with_row(rows, {{"sum", nccl_words()}, {"replayed", replayed}}, [&](json&) {
      const auto alone = steps_on_device(encoding, at::kFloat, false);
      if (steps_on_device(encoding, at::kFloat, replayed, true) == alone) return;
      throw Failure{"steps summed over one process gave other bits than the process alone"};
    });
  }
}

void check_steps(json& rows) {
  make_deterministic(at::get_num_threads());
  for (const auto& encoding : encodings()) {
    if (!can_replay(encoding)) continue;
    for (const auto type : {at::kFloat, at::kBFloat16}) {
      with_row(rows, {{"encoding", encoding.name}, {"dtype", c10::toString(type)}}, [&](json&) {
        const auto eager = steps_on_device(encoding, type, false);
        if (!(steps_on_device(encoding, type, false) == eager)) {
          throw Failure{"the same steps gave other bits"};
        }
        if (!(steps_on_device(encoding, type, true) == eager)) {
          throw Failure{"steps replayed as graphs gave other bits than eager ones"};
        }
      });
    }
  }
  if (nccl_built()) check_sums(rows);
}

void check_decoder_steps(json& rows, const SteppedEngine& engine) {
  for (const auto& encoding : stepped_encodings()) {
    with_row(rows, {{"encoding", encoding}, {"attention", engine.name}}, [&](json& row) {
      const auto found = step_distances(encoding, engine, at::kCUDA);
      add_distances(row, found);
      if (found[1].error == 0) throw Failure{"the step attended as its twin does"};
    });
  }
}

/// Last, so that what LibTorch may get wrong keeps nothing from the record.
void check_library(json& rows) {
  make_deterministic(at::get_num_threads());
  for (const auto& engine : stepped_library()) check_decoder_steps(rows, engine);
}

}  // namespace

json gpu_check(const GpuCheckOptions& options) {
  check(
      built(),
      "gpu-check: this build has no CUDA kernels; install the CUDA toolkit 13 and configure again");
  check(
      at::hasCUDA(),
      "gpu-check: there is no CUDA device here; run it on a machine with an NVIDIA GPU of compute "
      "capability 8.0 or more");
  json record = {{"format", "whatwhere-gpu-check"},
                 {"device", device_words()},
                 {"warps", json::array()},
                 {"attention", json::array()},
                 {"usage", json::array()},
                 {"probe_usage", json::array()},
                 {"steps", json::array()},
                 {"decoder", json::array()},
                 {"timings", json::array()},
                 {"library", json::array()},
                 {"failure", ""}};
  try {
    check_warps(record["warps"]);
    check_attention_problems(record["attention"]);
    check_usage_problems(record["usage"]);
    check_usage_in_tensors(record["probe_usage"]);
    check_steps(record["steps"]);
    check_decoder_steps(record["decoder"], stepped_kernels(kLaunchers));
    at::globalContext().setDeterministicAlgorithms(false, false);  // what is timed has none
    time_attention(record["timings"], options.rounds);
    check_library(record["library"]);
  } catch (const Failure& failure) {
    record["failure"] = failure.sentence;
  } catch (const std::exception& error) {  // CUDA's own, and LibTorch's
    record["failure"] = error.what();
  }
  return record;
}

}  // namespace ww
