// test_train.cpp: a run repeats to the bit, resumes to the bit, and refuses folders that are not
// its own.

#include <ATen/TensorOperators.h>
#include <ATen/ops/cross_entropy_loss.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/files.hpp"
#include "models/checkpoint.hpp"
#include "models/formats/safetensors.hpp"
#include "models/optimiser.hpp"
#include "models/places.hpp"
#include "tests/catch.hpp"
#include "tests/small_run.hpp"

using namespace ww;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

std::vector<Json> record_of(const std::filesystem::path& folder) {
  std::istringstream lines(read_file(folder / "record.jsonl"));
  std::vector<Json> all;
  for (std::string line; std::getline(lines, line);) all.push_back(Json::parse(line));
  return all;
}

/// Evaluations without what a clock says.
std::vector<Json> evaluations(const std::filesystem::path& folder) {
  std::vector<Json> found;
  for (auto line : record_of(folder)) {
    if (line["type"] != "eval" && line["type"] != "test") continue;
    for (const auto* const timed : {"seconds", "answers_per_s", "tokens_per_s", "crc32"})
      line.erase(timed);
    found.push_back(std::move(line));
  }
  return found;
}

TrainResult train_until(const TrainOptions& options, int64_t stop) {
  int64_t step = 0;
  return train(
      options,
      {[&](const TrainProgress& progress) { step = progress.step; }, [&] { return step == stop; }});
}

std::string refused(const TrainOptions& options) {
  return test::refusal([&] { train(options); });
}

}  // namespace

TEST_CASE("The same run gives the same bits, another seed others", "[train]") {
  const test::TemporaryFolder folder;
  for (const std::string encoding : {"rope", "pope", "t5", "learned"}) {
    DYNAMIC_SECTION(encoding) {
      train(test::small_run(folder / "a", encoding));
      train(test::small_run(folder / "b", encoding));
      CHECK(test::saved_weights(folder / "a") == test::saved_weights(folder / "b"));
      CHECK(evaluations(folder / "a") == evaluations(folder / "b"));
      auto other = test::small_run(folder / "c", encoding);
      other.run.seed = 2;
      train(other);
      CHECK(test::saved_weights(folder / "a") != test::saved_weights(folder / "c"));
    }
  }
}

TEST_CASE("A run stopped anywhere and resumed ends in the same bits", "[train]") {
  const test::TemporaryFolder folder;
  for (const std::string encoding : {"pope", "alibi"}) {
    const auto whole = folder / (encoding + "-whole");
    train(test::small_run(whole, encoding));
    for (const int64_t stop : {1, 9, 10, 11, 29}) {
      DYNAMIC_SECTION(encoding << " stopped at " << stop) {
        auto options = test::small_run(folder / "part", encoding);
        options.resume = true;
        const auto first = train_until(options, stop);
        CHECK_FALSE(first.finished);
        CHECK(first.step == stop);
        CHECK(train(options).finished);
        CHECK(test::saved_weights(folder / "part") == test::saved_weights(whole));
        CHECK(evaluations(folder / "part") == evaluations(whole));
      }
    }
  }
}

TEST_CASE("Random positions change the run and resume to the same bits", "[train]") {
  const test::TemporaryFolder folder;
  auto whole = test::small_run(folder / "whole", "rope");
  train(test::small_run(folder / "plain", "rope"));
  whole.run.random_positions = 64;
  train(whole);
  CHECK(test::saved_weights(folder / "whole") != test::saved_weights(folder / "plain"));
  auto part = whole;
  part.out = folder / "part";
  part.resume = true;
  train_until(part, 7);
  train(part);
  CHECK(test::saved_weights(folder / "part") == test::saved_weights(folder / "whole"));
}

TEST_CASE("A finished run is not trained again", "[train]") {
  const test::TemporaryFolder folder;
  auto options = test::small_run(folder / "run", "nope");
  const auto first = train(options);
  const auto record = read_file(folder / "run" / "record.jsonl");
  options.resume = true;
  const auto again = train(options);
  CHECK(again.finished);
  CHECK(again.label == first.label);
  CHECK(again.test_accuracy == first.test_accuracy);
  CHECK(read_file(folder / "run" / "record.jsonl") == record);
}

TEST_CASE("A record begins with a header, evaluates on time and closes with a label", "[train]") {
  const test::TemporaryFolder folder;
  train(test::small_run(folder / "run", "pope"));
  const auto lines = record_of(folder / "run");
  REQUIRE(lines.size() == 6);
  CHECK(lines[0]["type"] == "header");
  CHECK(lines[0]["format"] == "whatwhere-record");
  CHECK(lines[0]["plateau"].get<double>() == Approx(0.7154).margin(5e-5));
  for (int i = 1; i <= 3; ++i) {
    CHECK(lines[i]["type"] == "eval");
    CHECK(lines[i]["step"] == 10 * i);
    CHECK(lines[i]["delta_clamped"].is_number());
  }
  CHECK(lines[1]["rate"].get<double>() == learning_rate(10, 30, 4, 2e-3));
  CHECK(lines[4]["type"] == "test");
  CHECK(lines[4]["asked"] == 96);
  CHECK(lines[5]["type"] == "close");
  CHECK(lines[5]["overlap"] == 0);
  CHECK(lines[5]["train_strings"] == 30 * 8);
}

TEST_CASE("The trainer's steps are the optimiser's on the stream's batches", "[train]") {
  const test::TemporaryFolder folder;
  auto options = test::small_run(folder / "run", "rope");
  options.run.training_options["evaluate-every"] = "1";
  options.run.training_options["steps"] = "5";
  train(options);
  const auto run = resolve(options.run);
  Decoder model(run.model);
  model.parameters().track_gradients();
  model.parameters().initialise(1, run.model.width, run.model.layers);
  AdamW optimiser(model.parameters());
  const auto lines = record_of(folder / "run");
  for (int step = 0; step < 5; ++step) {
    double loss = 0;
    for (const int half : {0, 4}) {  // two cohorts of four strings
      const auto batch = cohort_at(*run.task, run.train_stream(), 8 * step + half);
      const auto part = at::cross_entropy_loss(
          model.forward(to_input(batch, at::kCPU)).flatten(0, 1), answers_of(batch, at::kCPU));
      (part / 2).backward();
      loss += part.item<double>() / 2;
    }
    optimiser.step(learning_rate(step + 1, 5, 4, run.training.rate));
    CHECK(lines[1 + step]["train_loss"].get<double>() == Approx(loss).epsilon(1e-6));
  }
}

TEST_CASE("A folder that exists, or holds another run, is refused", "[train]") {
  const test::TemporaryFolder folder;
  auto options = test::small_run(folder / "run", "rope");
  train(options);
  CHECK_THAT(refused(options), Contains("exists") && Contains("--resume"));
  options.resume = true;
  options.run.seed = 9;
  CHECK_THAT(refused(options), Contains("another configuration") && Contains("seed"));
  write_file(folder / "file", "x");
  options.out = folder / "file" / "run";
  CHECK_THAT(refused(options), Contains("cannot be created"));
  std::filesystem::create_directory(folder / "strange");
  write_file(folder / "strange" / "record.jsonl", "{}\n");
  options.out = folder / "strange";
  CHECK_THAT(refused(options), Contains("no whole run folder"));
}

TEST_CASE("Resuming from a file cut off at any byte is refused, and changes nothing", "[train]") {
  const test::TemporaryFolder folder;
  auto options = test::small_run(folder / "run", "pope");
  options.resume = true;
  train_until(options, 15);
  for (const std::string name : {"config.json", "state.safetensors"}) {
    const auto path = folder / "run" / name;
    const auto whole = read_file(path);
    const size_t pace = name == "config.json" ? 13 : whole.size() / 60;
    for (size_t length = 0; length + 2 < whole.size(); length += pace) {
      write_file(path, std::string_view(whole).substr(0, length));
      INFO(name << " cut at " << length);
      REQUIRE_THAT(refused(options), Contains(name));
      REQUIRE(read_file(path).size() == length);
    }
    write_file(path, whole);
  }
  const auto record = folder / "run" / "record.jsonl";
  write_file(record, read_file(record).substr(0, 40));
  CHECK_THAT(refused(options), Contains("record.jsonl") && Contains("shorter"));
}

TEST_CASE("A resume that computes otherwise says so, in a note and in the record", "[train]") {
  const test::TemporaryFolder folder;
  auto options = test::small_run(folder / "run", "rope");
  options.resume = true;
  options.kernels = "plain";
  std::vector<std::string> notes;
  const auto train_on = [&](int64_t stop) {
    int64_t step = 0;
    train(options,
          {[&](const TrainProgress& progress) { step = progress.step; },
           [&] { return step == stop; },
           [&](const std::string& note) { notes.push_back(note); }});
  };
  train_on(10);
  train_on(12);
  CHECK(notes.empty());
  options.kernels = "library";
  train_on(14);
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes[0], Contains("kernels \"plain\" before, \"library\" from here"));
  const auto record = record_of(folder / "run");
  CHECK(record.front()["kernels"] == "plain");
  CHECK(record.back()["type"] == "resume");
  CHECK(record.back()["kernels"] == "library");
  CHECK(record.back()["step"] == 12);
}

TEST_CASE("A checkpoint with values that are not finite, or of other shapes, is refused",
          "[train]") {
  const test::TemporaryFolder folder;
  const auto run = folder / "run";
  train(test::small_run(run, "pope"));
  const auto path = run / "model.safetensors";
  const auto whole = read_file(path);
  const auto spoil = [&](const auto& change) {
    const auto file = read_safetensors(path);
    auto tensors = file.tensors;
    auto first = std::string(reinterpret_cast<const char*>(tensors.at("norm.weight").bytes.data()),
                             tensors.at("norm.weight").bytes.size());
    change(tensors, first);
    const auto copy = folder / "copy.safetensors";
    write_safetensors(copy, tensors, {{"step", "30"}});
    std::filesystem::rename(copy, path);
    const auto sentence = test::refusal([&] { load_model(run); });
    write_file(path, whole);
    return sentence;
  };
  CHECK_THAT(spoil([](auto& tensors, auto& first) {
               const float nan = std::numeric_limits<float>::quiet_NaN();
               std::memcpy(first.data() + 8, &nan, 4);
               tensors["norm.weight"].bytes = std::as_bytes(std::span(first));
             }),
             Contains("norm.weight") && Contains("not finite"));
  CHECK_THAT(spoil([](auto& tensors, auto&) { tensors.erase("norm.weight"); }),
             Contains("no tensor 'norm.weight'"));
  CHECK_THAT(spoil([](auto& tensors, auto&) {
               tensors["norm.weight"].shape = {4, 4};
             }),
             Contains("is [4,4], the config says [16]"));
  CHECK_THAT(spoil([](auto& tensors, auto&) { tensors["more"] = tensors["norm.weight"]; }),
             Contains("nobody reads the tensor 'more'"));
  for (size_t length = 0; length < whole.size(); length += whole.size() / 40) {
    write_file(path, std::string_view(whole).substr(0, length));
    INFO(length);
    REQUIRE_THAT(test::refusal([&] { load_model(run); }), Contains("model.safetensors"));
  }
}

TEST_CASE("A loss that is no longer finite stops the run with a sentence", "[train]") {
  const test::TemporaryFolder folder;
  auto options = test::small_run(folder / "run", "rope");
  options.run.training_options["lr"] = "1e30";
  CHECK_THAT(refused(options), Contains("no longer finite") && Contains("--lr"));
}

TEST_CASE("Runs whose options contradict or cannot work are refused before any work", "[train]") {
  const auto refusal_of = [](auto&& change) {
    auto options = test::small_run("unused", "rope").run;
    change(options);
    return test::refusal([&] { resolve(options); });
  };
  const auto with = [&](const char* name, const char* value) {
    return refusal_of([&](RunOptions& run) { run.training_options[name] = value; });
  };
  CHECK_THAT(with("heads", "3"), Contains("3 heads don't divide a width of 16"));
  CHECK_THAT(with("heads", "16"), Contains("even"));
  CHECK_THAT(with("steps", "0"), Contains("--steps"));
  CHECK_THAT(with("lr", "-1"), Contains("--lr"));
  CHECK_THAT(with("solved-at", "1.5"), Contains("--solved-at"));
  CHECK_THAT(with("strings", "6"), Contains("multiple of --cohort"));
  CHECK_THAT(with("widths", "6"), Contains("no option --widths") && Contains("--width"));
  CHECK_THAT(refusal_of([](RunOptions& run) { run.encoding_options["pope-delta"] = "zero"; }),
             Contains("rope has no option --pope-delta"));
  CHECK_THAT(refusal_of([](RunOptions& run) { run.encoding = "rop"; }),
             Contains("there are: rope"));
  CHECK_THAT(refusal_of([](RunOptions& run) { run.preset = "big"; }), Contains("there are: smoke"));
  CHECK_THAT(refusal_of([](RunOptions& run) { run.task = "tell"; }),
             Contains("there are: where-back"));
  CHECK_THAT(refusal_of([](RunOptions& run) { run.task_options["n"] = "20"; }),
             Contains("[indirect] n"));
}
