// test_checksums.cpp: a changed byte in a run's folder is noticed or changes nothing.

#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/check.hpp"
#include "base/checksum.hpp"
#include "base/files.hpp"
#include "models/checkpoint.hpp"
#include "models/decoder.hpp"
#include "models/formats/safetensors.hpp"
#include "models/optimiser.hpp"
#include "models/story.hpp"
#include "plots/records.hpp"
#include "tests/catch.hpp"
#include "tests/small_run.hpp"

using namespace ww;
using Catch::Matchers::Contains;

namespace {

/// What a call refuses with; nothing where it does not.
std::string sentence_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const InputError& refused) {
    return refused.what();
  }
  return {};
}

/// `whole` with one byte changed; which bits change follows from its place.
std::string flipped(std::string whole, size_t place) {
  whole[place] = static_cast<char>(whole[place] ^ (place % 9 == 8 ? 0xff : 1 << place % 9));
  return whole;
}

/// A trained run's folder, and what reading each of its files gives.
struct Trained {
  test::TemporaryFolder folder;
  std::filesystem::path path = folder / "run";
  Trained() { train(test::small_run(path, "pope")); }

  std::string state() const {
    auto model = load_model(path);
    AdamW optimiser(model.parameters());
    const auto progress = load_state(path, model, optimiser);
    std::string all = progress.dump();
    for (const auto& tensor :
         {model.parameters().values(), optimiser.first(), optimiser.second(), optimiser.count()}) {
      all.append(static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes());
    }
    return all;
  }
  std::string model() const {
    const auto loaded = load_model(path);
    const auto values = loaded.parameters().values();
    return std::to_string(model_step(path)) +
           std::string(static_cast<const char*>(values.const_data_ptr()), values.nbytes());
  }
  std::string config() const { return load_config(path).dump(); }
};

/// Changes every `pace`th byte of a file; `read` must refuse it by name or give what it gave.
template <typename Read>
void check_flips(const std::filesystem::path& file, size_t first, size_t pace, const Read& read) {
  const auto whole = read_file(file);
  const auto expected = read();
  size_t refused = 0, harmless = 0;
  for (size_t place = first; place < whole.size(); place += pace) {
    write_file(file, flipped(whole, place));
    std::string found;
    const auto sentence = sentence_of([&] { found = read(); });
    if (sentence.empty() ? found != expected : sentence.find(file.filename()) == std::string::npos)
      FAIL("byte " << place << ": " << (sentence.empty() ? "read as something else" : sentence));
    ++(sentence.empty() ? harmless : refused);
  }
  write_file(file, whole);
  CHECK(refused > 20 * harmless);  // names of keys and spaces are all that may change
}

/// The lines of a record without their last member, the checksum or what a change made of it.
std::string contents(const std::string& record) {
  std::string all;
  std::istringstream lines(record);
  for (std::string line; std::getline(lines, line);) {
    all += nlohmann::json::parse(line.substr(0, line.rfind(',')) + "}", nullptr, false).dump();
  }
  return all;
}

}  // namespace

TEST_CASE("The checksum is zlib's CRC-32", "[checksums]") {
  CHECK(checksum("") == "00000000");
  CHECK(checksum("123456789") == "cbf43926");  // the check value of the CRC's catalogue
  CHECK(with_checksum("{\"step\":3}") == "{\"step\":3,\"crc32\":\"f9c2dcac\"}");
  CHECK(matches_checksum(with_checksum("{\"step\":3}")));
  CHECK_FALSE(matches_checksum("{\"step\":4,\"crc32\":\"f9c2dcac\"}"));
  CHECK(matches_checksum("{\"step\":4}"));
}

TEST_CASE("Any changed byte of a record is noticed by name or changes nothing", "[checksums]") {
  const Trained run;
  const auto path = run.path / "record.jsonl";
  const auto whole = read_file(path);
  const auto expected = contents(whole);
  size_t harmless = 0;
  for (size_t place = 0; place < whole.size(); ++place) {
    const auto changed = flipped(whole, place);
    write_file(path, changed);
    std::vector<std::string> warnings;
    std::optional<RunRecord> read;
    const auto sentence = sentence_of([&] { read = read_record(path, warnings); });
    const bool noticed = sentence.find("record.jsonl") != std::string::npos || !warnings.empty();
    if (!noticed && contents(changed) != expected) FAIL("byte " << place << " of the record");
    harmless += noticed ? 0 : 1;
  }
  CHECK(harmless < whole.size() / 50);  // in the name of the checksum's key
}

TEST_CASE("Any changed byte of a checkpoint is noticed by name or changes nothing", "[checksums]") {
  const Trained run;
  check_flips(run.path / "config.json", 0, 1, [&] { return run.config(); });
  check_flips(run.path / "model.safetensors", 0, 37, [&] { return run.model(); });
  check_flips(run.path / "state.safetensors", 0, 61, [&] { return run.state(); });
}

TEST_CASE("A run whose record is damaged is not taken for finished", "[checksums]") {
  const Trained run;
  const auto path = run.path / "record.jsonl";
  auto text = read_file(path);
  const auto digit = text.rfind("\"right\":") + 8;
  text[digit] = text[digit] == '9' ? '8' : '9';
  write_file(path, text);
  CHECK_THAT(test::refusal([&] { finished_result(path); }),
             Contains("record.jsonl") && Contains("checksum"));
}

TEST_CASE("Files without checksums, as older programs wrote them, are read", "[checksums]") {
  const Trained run;
  const auto config = run.config(), state = run.state();
  write_file(run.path / "config.json", config);
  std::string record;
  std::istringstream lines(read_file(run.path / "record.jsonl"));
  for (std::string line; std::getline(lines, line);) {
    record += line.substr(0, line.rfind(",\"crc32\"")) + "}\n";
  }
  write_file(run.path / "record.jsonl", record);
  auto text = read_file(run.path / "state.safetensors");
  text.replace(text.find("whatwhere.crc32"), 15, "another.comment");
  write_file(run.path / "state.safetensors", text);
  std::vector<std::string> warnings;
  CHECK(read_record(run.path / "record.jsonl", warnings)->finished());
  CHECK(run.config() == config);
  CHECK(run.state() == state);
}

TEST_CASE("A state that no run passes is refused by its key", "[checksums]") {
  RunState state;
  state.step = 20;
  state.evaluated_at = 10;
  state.record_length = 100;
  state.history = {{5, 1.5, 0.25}, {10, 1.25, 0.5}};
  const auto refusal_of = [&](auto&& change) {
    auto copy = state;
    change(copy);
    return sentence_of([&] { copy.check_possible(30, "state.safetensors"); });
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(refusal_of([](RunState&) {}).empty());
  const std::vector<std::pair<const char*, std::function<void(RunState&)>>> impossible = {
      {"\"step\"", [](RunState& s) { s.step = int64_t{9'000'000'000'000'000'000}; }},
      {"\"step\"", [](RunState& s) { s.step = -1; }},
      {"\"step\"", [](RunState& s) { s.step = 31; }},
      {"\"evaluated_at\"", [](RunState& s) { s.evaluated_at = 9; }},
      {"\"evaluated_at\"", [](RunState& s) { s.step = 7; }},
      {"\"seconds\"", [](RunState& s) { s.seconds = -1; }},
      {"\"loss_sum\"", [=](RunState& s) { s.loss_sum = nan; }},
      {"\"grad_norm\"", [](RunState& s) { s.grad_norm = -1; }},
      {"\"record_length\"", [](RunState& s) { s.record_length = 0; }},
      {"\"history\"", [](RunState& s) { s.history[0].accuracy = 7; }},
      {"\"history\"", [=](RunState& s) { s.history[0].accuracy = nan; }},
      {"\"history\"", [=](RunState& s) { s.history[0].train_loss = nan; }},
      {"\"history\"", [](RunState& s) { s.history[0].step = 10; }}};
  for (const auto& [key, change] : impossible) CHECK_THAT(refusal_of(change), Contains(key));
  auto negative = state.to_json();
  negative["record_length"] = -5;
  CHECK_THAT(test::refusal([&] { RunState::from_json(negative, 30, "state.safetensors"); }),
             Contains("\"record_length\""));
}
