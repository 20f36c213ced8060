// test_processes.cpp: several processes train to the bits of one. The dealing of slots is held
// against one process by threads that stand for processes; `mpirun` itself where it is there.

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>

#include <algorithm>

#include "base/files.hpp"
#include "models/fused/choice.hpp"
#include "tests/catch.hpp"
#include "tests/fused_models.hpp"
#include "tests/program.hpp"
#include "tests/small_run.hpp"
#include "tests/team.hpp"

using namespace ww;
using Catch::Matchers::Contains;
using test::in_team;

namespace {

TrainOptions fused_run(const std::filesystem::path& out, const std::string& encoding) {
  auto options = test::small_run(out, encoding);
  options.run.training_options["heads"] = "1";  // head width 16
  options.kernels = "fused";
  return options;
}

bool no_vectors() { return kernels::chosen_isa() == kernels::Isa::plain; }

constexpr const char* kTrain =
    "train --task indirect --preset smoke --width 16 --heads 1 --layers 1 --steps 20 --warm-up 4 "
    "--evaluate-every 10 --validation-answers 64 --test-answers 64 --device cpu --kernels ";

/// `mpirun -n SIZE whatwhere ARGUMENTS`, with what both say.
test::Ran launch(int size, const std::string& arguments) {
  return test::run_shell("mpirun --oversubscribe --allow-run-as-root -n " + std::to_string(size) +
                         " " WW_PROGRAM " " + arguments + " 2>&1");
}

/// Why mpirun can't be tested here; empty where it can.
std::string without_mpi() {
  if (test::run_shell("command -v mpirun").status != 0) return "no mpirun";
  if (test::run_shell("ldd " WW_PROGRAM " | grep -q libmpi").status != 0)
    return "built without MPI";
  return "";
}

}  // namespace

TEST_CASE("Several processes train to the bits of one", "[processes]") {
  if (no_vectors()) return test::skip("no vector kernels");
  const test::TemporaryFolder folder;
  for (const std::string encoding : {"pope", "t5", "learned", "rope"}) {
    auto whole = fused_run(folder / (encoding + "-whole"), encoding);
    if (encoding == "t5") whole.run.random_positions = 64;  // a bias for each string
    train(whole);
    for (const int64_t size : {2, 3, 4}) {
      DYNAMIC_SECTION(encoding << " in " << size) {
        auto shared = whole;
        shared.out = folder / (encoding + "-shared");
        std::atomic<int64_t> finished = 0;
        in_team(size, [&](Communicator& all) {
          if (train(shared, {}, all).finished) ++finished;
        });
        CHECK(finished == size);
        CHECK(test::saved_weights(shared.out) == test::saved_weights(whole.out));
      }
    }
  }
}

TEST_CASE("A run of several processes goes on where one stopped, and writes once", "[processes]") {
  if (no_vectors()) return test::skip("no vector kernels");
  const test::TemporaryFolder folder;
  const auto whole = fused_run(folder / "whole", "pope");
  train(whole);
  auto part = whole;
  part.out = folder / "part";
  part.resume = true;
  int64_t step = 0;
  train(part, {[&](const TrainProgress& p) { step = p.step; }, [&] { return step == 13; }});
  in_team(2, [&](Communicator& all) {
    auto mine = part;
    // Who does not lead sees no folder at all.
    if (!all.leads()) mine.out = folder / "nowhere";
    train(mine, {}, all);
  });
  CHECK(test::saved_weights(part.out) == test::saved_weights(whole.out));
  CHECK_FALSE(std::filesystem::exists(folder / "nowhere"));
  const auto record = read_file(part.out / "record.jsonl");
  CHECK_THAT(record, Contains("\"processes\":2"));
  CHECK(std::ranges::count(record, '\n') ==
        1 + std::ranges::count(read_file(whole.out / "record.jsonl"), '\n'));
}

TEST_CASE("One process that wants to stop stops all", "[processes]") {
  if (no_vectors()) return test::skip("no vector kernels");
  const test::TemporaryFolder folder;
  const auto run = fused_run(folder / "run", "rope");
  std::atomic<int64_t> steps = 0;
  in_team(2, [&](Communicator& all) {
    int64_t step = 0;
    const auto result = train(
        run,
        {[&](const TrainProgress& p) { step = p.step; }, [&] { return !all.leads() && step == 7; }},
        all);
    if (!result.finished) steps += result.step;
  });
  CHECK(steps == 14);
}

TEST_CASE("Processes that cannot share a step are refused", "[processes]") {
  const test::TemporaryFolder folder;
  /// How many of so many processes refuse the run in such words.
  const auto refusing = [](const TrainOptions& run, int64_t size, const char* words) {
    std::atomic<int64_t> refused = 0;
    in_team(size, [&](Communicator& all) {
      try {
        train(run, {}, all);
      } catch (const InputError& error) {
        if (std::string(error.what()).find(words) != std::string::npos) ++refused;
      }
    });
    return refused.load();
  };
  auto plain = fused_run(folder / "run", "rope");
  plain.kernels = "plain";
  plain.run.training_options["cohort"] = "2";
  CHECK(refusing(plain, 3, "3 processes cannot share a step's cohorts evenly") == 3);
  plain.run.training_options["cohort"] = "8";
  CHECK(refusing(plain, 2, "--strings 8 in cohorts of 8 are 1;") == 2);
  auto bf16 = plain;
  bf16.kernels = "auto";
  bf16.run.training_options["dtype"] = "bf16";
  CHECK(refusing(bf16, 2, "cohorts of 8 are 1;") == 2);
  if (!no_vectors()) CHECK(refusing(fused_run(folder / "run", "rope"), 5, "of 4 slots") == 5);
  CHECK_FALSE(std::filesystem::exists(folder / "run"));
}

TEST_CASE("mpirun trains to the bits of one process", "[processes][mpi]") {
  if (const auto why = without_mpi(); !why.empty()) return test::skip(why);
  const test::TemporaryFolder folder;
  const auto out = [&](const char* name) { return " -o " + (folder / name).string(); };
  for (const std::string how : {"fused --encoding rope",
                                "fused --encoding pope",
                                "plain --encoding pope --cohort 8",
                                "plain --encoding rope --cohort 8 --dtype bf16"}) {
    if (no_vectors() && how.starts_with("fused")) continue;
    const auto words = kTrain + how;
    REQUIRE(test::run_program(words + out("one")).status == 0);
    for (const int size : {2, 4}) {
      const auto ran = launch(size, words + out("many"));
      INFO(ran.output);
      CHECK(ran.status == 0);
      CHECK(test::saved_weights(folder / "many") == test::saved_weights(folder / "one"));
      std::filesystem::remove_all(folder / "many");
    }
    std::filesystem::remove_all(folder / "one");
  }
}

TEST_CASE("A process that fails stops all of mpirun with its sentence", "[processes][mpi]") {
  if (const auto why = without_mpi(); !why.empty()) return test::skip(why);
  const test::TemporaryFolder folder;
  write_file(folder / "file", "");
  const auto there =
      launch(2, kTrain + std::string("plain --cohort 8 -o ") + (folder / "file").string());
  CHECK(there.status == 2);
  CHECK_THAT(there.output, Contains("error: ") && Contains("file"));
  // Of what all meet the first one speaks.
  const auto wrong = launch(4, "train --task nonsense -o " + (folder / "run").string());
  CHECK(wrong.status == 2);
  const auto first = wrong.output.find("error: ");
  CHECK(first != std::string::npos);
  CHECK(wrong.output.find("error: ", first + 1) == std::string::npos);
}
