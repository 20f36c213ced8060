// test_nesting.cpp: JSON and TOML that nest as deep as nobody writes them are refused in a sentence
// by every reader: libraries copy and leave such values by recursion.

#include <fmt/format.h>

#include <fstream>

#include "base/files.hpp"
#include "base/json.hpp"
#include "tests/catch.hpp"
#include "tests/program.hpp"
#include "tests/synthetic_records.hpp"

using namespace ww;
using Catch::Matchers::Contains;

namespace {

constexpr size_t kDepth = 60'000;

std::string repeated(const std::string& part, size_t times) {
  std::string all;
  for (size_t i = 0; i < times; ++i) all += part;
  return all;
}

/// {"a": [[[..]]]}
std::string nested() {
  return "{\"a\": " + std::string(kDepth, '[') + std::string(kDepth, ']') + "}";
}

std::string safetensors(const std::string& header) {
  std::string size;
  for (int i = 0; i < 8; ++i) size += static_cast<char>(header.size() >> (8 * i));
  return size + header;
}

constexpr auto kConfig = R"({"model_type": "llama", "vocab_size": 8, "hidden_size": 8,
  "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8})";

}  // namespace

TEST_CASE("What may be no JSON is null, however deep it nests", "[nesting]") {
  CHECK(json_or_null(nested()).is_null());
  CHECK(json_or_null("{\"torn").is_null());
  CHECK(json_or_null("{\"a\": 1}").at("a") == 1);
}

TEST_CASE("NaN in JSON is called NaN, other damage damage", "[nesting]") {
  const auto refused = [](const std::string& text) {
    return test::refusal([&] { (void)parse_json(text, "a.json"); });
  };
  for (const auto* const word : {"NaN", "Infinity", "-Infinity"}) {
    CHECK_THAT(refused(std::string("{\"a\": ") + word + "}"), Contains("has NaN or Infinity"));
  }
  CHECK_THAT(refused("{\"a\": nan}"), Contains("damaged at byte"));
  CHECK_THAT(refused("{\"a\": NaN"), Contains("damaged at byte"));
}

TEST_CASE("Checkpoint files that nest 60,000 deep are refused by name", "[nesting][cli]") {
  const auto refused = [](const char* name, const std::string& bytes) {
    const test::TemporaryFolder folder;
    if (std::string_view(name) != "config.json") write_file(folder / "config.json", kConfig);
    write_file(folder / name, bytes);
    const auto line = test::refused_program("inspect " + folder.path().string());
    CHECK_THAT(line, Contains(name) && Contains("deeper than 64"));
  };
  refused("config.json", nested());
  refused("model.safetensors", safetensors(nested()));
  refused("model.safetensors.index.json", nested());
  refused("whatwhere.json", nested());
}

TEST_CASE("Tokenizer files that nest 60,000 deep are refused by name", "[nesting][cli]") {
  const test::TemporaryFolder folder;
  write_file(folder / "merges.txt", "a b\n");
  for (const auto* name : {"tokenizer.json", "vocab.json"}) {
    write_file(folder / name, nested());
    const auto line = test::refused_program(fmt::format(
        "score {0}/data/stories260k/stories260K.bin --text {0}/data/sonnets/sonnets.txt "
        "--texts 1 --tokenizer {1}",
        test::source_root().string(),
        (folder / name).string()));
    CHECK_THAT(line, Contains(name) && Contains("deeper than 64"));
  }
}

TEST_CASE("A report of files that nest 60,000 deep is refused by name", "[nesting][cli]") {
  const test::TemporaryFolder folder;
  const auto record = test::write_synthetic(folder.path(), {});
  const auto report = [&] { return test::refused_program("report " + folder.path().string()); };
  const auto deep = std::string(kDepth, '[') + std::string(kDepth, ']');
  write_file(folder / "gates.json",
             R"([{"task": "t", "gate": "g", "passed": true, "measured": )" + deep + "}]");
  CHECK_THAT(report(), Contains("gates.json") && Contains("deeper than 64"));
  std::filesystem::remove(folder / "gates.json");
  write_file(record, test::synthetic_record({}) + nested() + "\n");
  CHECK_THAT(report(), Contains("record.jsonl: line") && Contains("deeper than 64"));
  write_file(record, test::synthetic_record({}) + nested());  // torn: left out
  CHECK(test::run_program("report " + folder.path().string()).status == 0);
}

TEST_CASE("A configuration in TOML that nests 60,000 deep is refused with its line",
          "[nesting][cli]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.toml";
  const auto dotted = "a" + repeated(".a", kDepth);
  for (const auto& text : {"a = " + std::string(kDepth, '[') + std::string(kDepth, ']'),
                           dotted + " = 1",
                           "[" + dotted + "]\nb = 1",
                           "[[" + dotted + "]]\nb = 1",
                           "\"\\\"\"" + repeated(".'a'", kDepth) + " = 1",
                           "a = " + repeated("{a = ", kDepth) + "1" + repeated("}", kDepth),
                           "a = {" + dotted + " = 1}"}) {
    write_file(path, "# a comment. it's long\nseed = 1\n" + text + "\n");
    CHECK_THAT(test::refused_program("tasks --config " + path.string()),
               Contains("a.toml: line 3: "));
  }
  write_file(path,
             "# " + repeated("a.", 100) + "\n[train]\nout = \"" + repeated("a.", 100) + "\"\n");
  CHECK(test::run_program("tasks --config " + path.string()).status == 0);
}
