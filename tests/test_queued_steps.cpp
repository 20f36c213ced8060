// test_queued_steps.cpp: steps that nobody reads: nothing in them waits for the device, and they
// end in the bits of steps that are read one by one.

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/files.hpp"
#include "models/device.hpp"
#include "models/encoding.hpp"
#include "models/graphs/choice.hpp"
#include "models/graphs/cuda_graphs.hpp"
#include "tests/catch.hpp"
#include "tests/host_reads.hpp"
#include "tests/small_run.hpp"
#include "tests/training.hpp"

using namespace ww;
using Catch::Matchers::Contains;
using test::Again;
using test::host_reads;
using test::Training;

namespace {

RunOptions small(const std::string& encoding) { return test::small_run("", encoding).run; }

std::string record_without_clock(const std::filesystem::path& folder) {
  std::istringstream lines(read_file(folder / "record.jsonl"));
  std::string all;
  for (std::string text; std::getline(lines, text);) {
    auto line = nlohmann::json::parse(text);
    for (const auto* const timed : {"seconds", "answers_per_s", "tokens_per_s", "date", "crc32"}) {
      line.erase(timed);
    }
    if (line["type"] != "resume" && line["type"] != "close") all += line.dump() + "\n";
  }
  return all;
}

}  // namespace

TEST_CASE("Nothing in a step reads from the device", "[train]") {
  for (const auto& row : encodings()) {
    for (const int64_t random_positions : {0, 64}) {
      for (const auto compute : {Compute::plain, Compute::library}) {
        auto options = small(row.name);
        options.random_positions = random_positions;
        Training training(options);
        training.model.compute_with({compute});
        QueuedSteps steps(training.model, training.optimiser);
        INFO(row.name << ", random positions " << random_positions << ", "
                      << compute_name(compute));
        CHECK(host_reads([&] { training.queue(steps); }) == std::vector<std::string>{});
        CHECK(steps.take().finite == 1);
      }
    }
  }
}

TEST_CASE("The guard sees every way to read a device", "[train]") {
  const auto x = at::ones({2});
  const auto sees = [&](const std::function<void()>& work) { return !host_reads(work).empty(); };
  CHECK(sees([&] { x[0].item<float>(); }));
  CHECK(sees([&] { (void)x[0].is_nonzero(); }));
  CHECK(sees([&] { (void)x.cpu(); }));
  CHECK(sees([&] { (void)x.to(at::kCPU, at::kDouble); }));
  CHECK(sees([&] { (void)x.nonzero(); }));
  CHECK(sees([&] { (void)x.equal(x); }));
  CHECK(sees([&] { (void)x.index({x > 0}); }));
  CHECK_FALSE(sees([&] { (void)send(x, at::TensorOptions(at::kDouble).device(at::kCPU)); }));
  CHECK_FALSE(sees([&] { (void)x.to(at::kDouble).sum(); }));
}

TEST_CASE("Queued steps end in the bits of steps that are read one by one", "[train]") {
  Training queued(small("pope")), read(small("pope"));
  QueuedSteps steps(queued.model, queued.optimiser);
  steps.start_sum(0.25);
  double sum = 0.25, norm = 0;
  for (int i = 0; i < 7; ++i) {
    queued.queue(steps);
    double loss = 0;
    read.each_cohort([&](const Input& input, const at::Tensor& answers) {
      loss += read.model.loss_and_gradient(input, answers, 0.5);
    });
    norm = read.optimiser.step(read.rate()).item<double>();
    sum += loss;
  }
  CHECK(steps.queued() == 7);
  const auto taken = steps.take();
  CHECK(taken.steps == 7);
  CHECK(taken.finite == 7);
  CHECK(taken.loss == sum);
  CHECK(taken.grad_norm == norm);
  CHECK(steps.queued() == 0);
  CHECK(queued.model.parameters().values().equal(read.model.parameters().values()));
}

TEST_CASE("Replayed steps end in the bits of eager ones", "[train]") {
  Training replayed(small("pope")), eager(small("pope"));
  int captured = 0, ran = 0;
  const Capture capture = [&](const std::function<void()>& work) {
    ++captured;
    return std::make_unique<Again>(work, ran);
  };
  QueuedSteps with(replayed.model, replayed.optimiser, capture);
  QueuedSteps without(eager.model, eager.optimiser);
  for (int i = 0; i < 30; ++i) {
    replayed.queue(with);
    eager.queue(without);
  }
  CHECK(captured == 1 + 5);       // the update, and strings of 8 to 12 letters
  CHECK(ran == 27 + 60 - 5 * 3);  // all but three times each
  const auto one = with.take(), other = without.take();
  CHECK(one.loss == other.loss);
  CHECK(one.grad_norm == other.grad_norm);
  CHECK(one.finite == 30);
  CHECK(replayed.model.parameters().values().equal(eager.model.parameters().values()));
}

TEST_CASE("Replaying is refused with a reason where it cannot be had", "[train]") {
  const auto run_of = [](const std::string& encoding, int64_t positions) {
    auto options = small(encoding);
    options.random_positions = positions;
    return resolve(options);
  };
  const at::Device gpu(at::kCUDA, 0);
  const auto rope = run_of("rope", 0);
  CHECK_FALSE(replays("eager", rope, gpu));
  CHECK_FALSE(replays("auto", rope, at::kCPU));
  CHECK(replays("auto", rope, gpu) == graphs_built());
  const auto refusal = [](const std::string& word, const Run& run, at::Device device) {
    return test::refusal([&] { replays(word, run, device); });
  };
  CHECK_THAT(refusal("graphs", rope, gpu), Contains("--launch must be eager, graph or auto"));
  CHECK_THAT(refusal("graph", rope, at::kCPU), Contains("use --device cuda"));
  if (!graphs_built()) return;
  CHECK_THAT(refusal("graph", run_of("rope", 64), gpu), Contains("random positions"));
  for (const auto* const name : {"alibi", "t5", "learned", "sinusoidal"}) {
    CHECK_THAT(refusal("graph", run_of(name, 0), gpu), Contains("this encoding adds"));
  }
  auto wide = small("rope");
  wide.training_options["strings"] = wide.training_options["cohort"] = "1024";
  CHECK(replays("auto", resolve(wide), gpu));
  auto long_strings = small("rope");
  long_strings.training_options["queries"] = "1200";
  CHECK_THAT(refusal("graph", resolve(long_strings), gpu), Contains("beyond 1024 the host makes"));
  CHECK_FALSE(replays("auto", resolve(long_strings), gpu));
}

TEST_CASE("Queued steps count those before the first that is not finite", "[train]") {
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    Training training(small("rope"));
    QueuedSteps steps(training.model, training.optimiser);
    training.queue(steps);
    CHECK(steps.take().finite == 1);
    for (int i = 0; i < 5; ++i) {
      if (i == 3) training.model.parameters().values().fill_(bad);
      training.queue(steps);
    }
    const auto taken = steps.take();
    CHECK(taken.steps == 5);
    CHECK(taken.finite == 3);
  }
}

TEST_CASE("A run that reads its losses late ends in the same bits and record", "[train]") {
  const test::TemporaryFolder folder;
  auto prompt = test::small_run(folder / "prompt", "rope"), late = prompt;
  late.out = folder / "late";
  late.run_ahead = true;
  train(prompt);
  train(late);
  const auto record = record_without_clock(folder / "prompt");
  CHECK(record_without_clock(folder / "late") == record);
  CHECK(read_file(late.out / "model.safetensors") == read_file(prompt.out / "model.safetensors"));
  late.out = folder / "stopped";
  late.resume = true;
  int64_t step = 0;
  train(late, {[&](const TrainProgress& p) { step = p.step; }, [&] { return step == 13; }});
  train(late);
  CHECK(record_without_clock(late.out) == record);
}

TEST_CASE("A run that reads its losses late refuses the first step that is not finite", "[train]") {
  const test::TemporaryFolder folder;
  std::vector<std::string> refused;
  for (const bool late : {false, true}) {
    auto options = test::small_run(folder / "run", "rope");
    options.run.training_options["lr"] = "1e30";
    options.run_ahead = late;
    refused.push_back(test::refusal([&] { train(options); }));
    CHECK_FALSE(std::filesystem::exists(options.out / "model.safetensors"));
    CHECK_FALSE(std::filesystem::exists(options.out / "state.safetensors"));
    std::filesystem::remove_all(options.out);
  }
  CHECK_THAT(refused[0], Contains("no longer finite at step 2;"));
  CHECK(refused[0] == refused[1]);
}
