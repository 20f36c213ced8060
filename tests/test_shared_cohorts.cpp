// test_shared_cohorts.cpp: processes that each compute some of a step's cohorts train to the bits
// of one, and what of several GPUs can be seen without any.

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/files.hpp"
#include "models/processes/share.hpp"
#include "models/processes/shared_sum.hpp"
#include "tests/catch.hpp"
#include "tests/program.hpp"
#include "tests/small_run.hpp"
#include "tests/team.hpp"
#include "tests/training.hpp"

using namespace ww;
using Catch::Matchers::Contains;
using Catch::Matchers::Matches;
using test::in_team;
using test::Training;

namespace {

/// Steps of four cohorts of two strings, by tensor operations.
TrainOptions plain_run(const std::filesystem::path& out, const std::string& encoding) {
  auto options = test::small_run(out, encoding);
  options.run.training_options["cohort"] = "2";
  options.kernels = "plain";
  return options;
}

/// What each evaluation of a run's record says of `key`.
std::vector<double> evaluated(const std::filesystem::path& folder, const char* key) {
  std::istringstream lines(read_file(folder / "record.jsonl"));
  std::vector<double> values;
  for (std::string text; std::getline(lines, text);) {
    const auto line = nlohmann::json::parse(text);
    if (line["type"] == "eval") values.push_back(line[key]);
  }
  return values;
}

/// Tokens for each answer, which no clock moves.
std::vector<double> tokens_per_answer(const std::filesystem::path& folder) {
  auto ratios = evaluated(folder, "tokens_per_s");
  const auto answers = evaluated(folder, "answers_per_s");
  for (size_t i = 0; i < ratios.size(); ++i) ratios[i] /= answers[i];
  return ratios;
}

/// The sum over two that stand for GPUs; who ends a step first forms it for both.
class SumOfTwo final : public SharedSum {
 public:
  SumOfTwo(const QueuedSteps& own, const QueuedSteps& other, std::vector<at::Tensor>& total)
      : own_(own.parts()), other_(other.parts()), total_(total) {}
  void end_step() override {
    const bool first = total_.empty();
    for (size_t p = 0; p < own_.size(); ++p) {
      if (first) total_.push_back(own_[p] + other_[p]);
      own_[p].copy_(total_[p]);
    }
    if (!first) total_.clear();
  }

 private:
  std::vector<at::Tensor> own_, other_, &total_;
};

}  // namespace

TEST_CASE("Steps whose parts are summed in the update end in the bits of one process",
          "[processes]") {
  const auto options = test::small_run("", "pope").run;
  int ran = 0;
  const Capture captures[] = {{}, [&](const std::function<void()>& work) {
                                return std::make_unique<test::Again>(work, ran);
                              }};
  for (const auto& capture : captures) {
    Training alone(options), one(options), other(options);
    QueuedSteps whole(alone.model, alone.optimiser);
    QueuedSteps first(one.model, one.optimiser, capture),
        last(other.model, other.optimiser, capture);
    std::vector<at::Tensor> total;
    first.share(std::make_unique<SumOfTwo>(first, last, total));
    last.share(std::make_unique<SumOfTwo>(last, first, total));
    for (int i = 0; i < 30; ++i) {
      alone.queue(whole);
      one.queue_cohorts(first, 0, 1);
      other.queue_cohorts(last, 1, 2);
      first.update(one.rate());
      last.update(other.rate());
    }
    const auto wanted = whole.take();
    for (auto* const found : {&first, &last}) {
      const auto sums = found->take();
      CHECK(sums.loss == wanted.loss);
      CHECK(sums.grad_norm == wanted.grad_norm);
      CHECK(sums.finite == 30);
    }
    for (const auto* const found : {&one, &other}) {
      CHECK(found->model.parameters().values().equal(alone.model.parameters().values()));
    }
  }
  CHECK(ran > 2 * 27);  // updates, and cohorts
}

TEST_CASE("Processes that share cohorts train to the bits of one", "[processes]") {
  const test::TemporaryFolder folder;
  for (const std::string encoding : {"pope", "t5", "learned", "rope"}) {
    for (const std::string dtype : {"float32", "bf16"}) {
      const auto name = encoding + "-" + dtype;
      auto whole = plain_run(folder / name, encoding);
      whole.run.training_options["dtype"] = dtype;
      if (encoding == "t5") whole.run.random_positions = 64;
      train(whole);
      for (const int64_t size : {2, 4}) {
        DYNAMIC_SECTION(name << " in " << size) {
          auto shared = whole;
          shared.out = folder / (name + "-shared");
          shared.run_ahead = size == 4;
          in_team(size, [&](Communicator& all) { train(shared, {}, all); });
          CHECK(test::saved_weights(shared.out) == test::saved_weights(whole.out));
          for (const auto* const key : {"train_loss", "grad_norm", "val_loss"}) {
            CHECK(evaluated(shared.out, key) == evaluated(whole.out, key));
          }
          const auto tokens = tokens_per_answer(whole.out), found = tokens_per_answer(shared.out);
          REQUIRE(found.size() == tokens.size());
          for (size_t i = 0; i < tokens.size(); ++i) CHECK(found[i] == Approx(tokens[i]));
        }
      }
    }
  }
}

TEST_CASE("A run may go on with another number of processes that share cohorts", "[processes]") {
  const test::TemporaryFolder folder;
  const auto whole = plain_run(folder / "whole", "pope");
  train(whole);
  auto part = whole;
  part.out = folder / "part";
  part.resume = true;
  const auto stop_at = [&](int64_t last, int64_t size) {
    in_team(size, [&](Communicator& all) {
      auto mine = part;
      if (!all.leads()) mine.out = folder / "nowhere";
      int64_t step = 0;
      train(mine,
            {[&](const TrainProgress& p) { step = p.step; }, [&] { return step == last; }},
            all);
    });
  };
  stop_at(7, 4);
  stop_at(13, 1);
  stop_at(-1, 2);
  CHECK(test::saved_weights(part.out) == test::saved_weights(whole.out));
  CHECK(evaluated(part.out, "train_loss") == evaluated(whole.out, "train_loss"));
  CHECK_FALSE(std::filesystem::exists(folder / "nowhere"));
  CHECK_THAT(read_file(part.out / "record.jsonl"),
             Contains(R"("processes":4)") && Contains(R"("sharing":"cohorts")") &&
                 Contains(R"("processes":1,"sharing":"none")"));
}

TEST_CASE("Processes on GPUs share cohorts and sum by NCCL, where this build has it",
          "[processes]") {
  const auto run = resolve(plain_run("", "rope").run);
  const at::Device gpu(at::kCUDA, 0);
  test::Team team(2);
  const test::Member second(team, 1, 2);
  Alone alone;
  if (!nccl_built()) {
    const auto refused = test::refusal([&] { share_of(run, {}, gpu, second); });
    CHECK_THAT(refused, Contains("built without NCCL"));
    CHECK_THAT(test::refusal([&] { sum_by_nccl(alone, {}); }), Contains("cannot sum over GPUs"));
    return;
  }
  const auto share = share_of(run, {}, gpu, second);
  CHECK(share.sharing == Sharing::nccl);
  CHECK(std::vector{share.first, share.last, share.cohorts} == std::vector<int64_t>{2, 4, 4});
  CHECK_THAT(sharing_words(share.sharing),
             Matches("nccl [0-9]+\\.[0-9]+\\.[0-9]+, NCCL_ALGO=.+, NCCL_PROTO=.+"));
  // LibTorch's and ours are one library.
  const auto held = test::run_shell("ldd " WW_PROGRAM " | grep libnccl");
  CHECK(std::ranges::count(held.output, '\n') == 1);
  CHECK_THAT(held.output, Contains("nvidia/nccl/lib/libnccl.so"));
  if (!at::hasCUDA()) {
    CHECK_THROWS_WITH(sum_by_nccl(alone, {}), Contains("ncclCommInitRank failed: "));
  }
}
