// test_cases.cpp: the small checkpoints of tests/golden/cases against the answers recorded beside
// them.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "models/inputs.hpp"
#include "models/load.hpp"
#include "models/text/texts.hpp"
#include "models/text/tokenizer.hpp"
#include "tests/catch.hpp"

using namespace ww;
using Json = nlohmann::json;
namespace fs = std::filesystem;

namespace {

fs::path cases() { return test::source_root() / "tests/golden/cases"; }

/// The file where there is a GGUF, else the folder.
fs::path checkpoint_in(const fs::path& folder) {
  return fs::exists(folder / "model.gguf") ? folder / "model.gguf" : folder;
}

double largest_difference(const fs::path& checkpoint, const Json& expected) {
  const c10::NoGradGuard no_grad;
  const auto ids = expected["ids"].get<std::vector<int32_t>>();
  auto loaded = load_checkpoint(checkpoint);
  set_text_length(loaded, static_cast<int64_t>(ids.size()));
  const auto logits = loaded.model.forward(text_input(ids, at::kCPU))[0].to(at::kDouble);
  double largest = 0;
  for (size_t r = 0; r < expected["rows"].size(); ++r) {
    const auto right = at::tensor(expected["logits"][r].get<std::vector<double>>(), at::kDouble);
    const auto row = logits[expected["rows"][r].get<int64_t>()];
    largest = std::max(largest, (row - right).abs().max().item<double>());
  }
  return largest;
}

}  // namespace

TEST_CASE("Recorded checkpoints give the recorded logits", "[cases]") {
  size_t found = 0;
  for (const auto& entry : fs::directory_iterator(cases())) {
    const auto path = entry.path() / "expected.json";
    if (!fs::exists(path)) continue;
    ++found;
    INFO(entry.path().filename());
    CHECK(largest_difference(checkpoint_in(entry.path()), Json::parse(read_file(path))) < 2e-4);
  }
  CHECK(found == 14);
}

TEST_CASE("GGUF pre-tokenizers give llama.cpp's ids", "[cases]") {
  const auto folder = cases() / "gguf-pre-tokenizers";
  const auto text = read_texts(folder / "text.txt", true).front().body;
  const auto expected = Json::parse(read_file(folder / "expected_ids.json"));
  for (const auto& [name, ids] : expected.items()) {
    INFO(name);
    CHECK(tokenizer_for(folder / name, {})->encode(text) == ids.get<std::vector<int32_t>>());
  }
}

TEST_CASE("U+2581 in a text is a space for a GGUF vocabulary with scores", "[cases]") {
  const auto folder = cases() / "gguf-space-mark";
  const auto text = read_texts(folder / "text.txt", true).front().body;
  auto ids = tokenizer_for(folder / "model.gguf", {})->encode(text);
  ids.insert(ids.begin(), 1);  // BOS
  CHECK(ids == read_ids(folder / "ids.txt", 1 << 16).front());
}
