// test_tokenizers.cpp: the ids are those of Hugging Face's `tokenizers`, recorded for texts that
// would show most ways to differ.

#include "models/text/normal_form.hpp"
#include "models/text/texts.hpp"
#include "tests/tokenizer_files.hpp"

using namespace ww;
using Json = nlohmann::json;
using test::recorded;
using test::require_recorded;

namespace {

/// GPT-2's own two files, where they lie beside the source tree: they are too large to ship.
std::filesystem::path gpt2_folder() {
  return test::source_root().parent_path() / "shared" / "data" / "gpt2bpe";
}

bool has_gpt2() {
  if (std::filesystem::exists(gpt2_folder() / "encoder.json")) return true;
  test::skip("no " + gpt2_folder().string() + " with GPT-2's encoder.json and vocab.bpe");
  return false;
}

}  // namespace

TEST_CASE("Ids of nasty texts are those of the reference", "[tokenizers]") {
  for (const std::string name :
       {"gpt2", "llama3", "qwen2", "gemma", "smollm2", "llama2", "mistral", "parts"}) {
    require_recorded(*tokenizer_for("x", recorded(name + ".json")), name);
  }
}

TEST_CASE("GPT-2's own vocabulary gives its known ids", "[tokenizers]") {
  if (!has_gpt2()) return;
  const auto gpt2 = tokenizer_for("x", gpt2_folder());
  CHECK(gpt2->vocabulary() == 50257);
  CHECK(gpt2->bos() == 50256);
  CHECK_FALSE(gpt2->adds_bos());
  CHECK(gpt2->encode("naïve 'tis  2024\n\n\tx") ==
        std::vector<int32_t>{2616, 38776, 705, 48010, 220, 48609, 628, 197, 87});
  const auto sonnets = test::source_root() / "data" / "sonnets" / "sonnets.txt";
  CHECK(gpt2->encode(read_file(sonnets)).size() == 25352);
  const auto first = gpt2->encode(read_texts(sonnets, false).front().body);
  REQUIRE(first.size() == 164);
  CHECK(std::vector<int32_t>(first.begin(), first.begin() + 4) ==
        std::vector<int32_t>{4863, 37063, 301, 8109});
  require_recorded(*gpt2, "gpt2-real");
}

TEST_CASE("Byte-level ids decode to the text, whatever it is", "[tokenizers]") {
  const auto texts = test::nasty_lines();
  for (const std::string name : {"gpt2", "llama3", "smollm2"}) {
    const auto tokenizer = tokenizer_for("x", recorded(name + ".json"));
    for (const auto& text : texts) REQUIRE(tokenizer->decode(tokenizer->encode(text)) == text);
  }
}

TEST_CASE("Where texts are normalised, ids decode to the normal form", "[tokenizers]") {
  const auto tokenizer = tokenizer_for("x", recorded("qwen2.json"));
  size_t changed = 0;
  for (const auto& text : test::nasty_lines()) {
    if (text.find("<|") != std::string::npos) continue;  // what it parts is normalised apart
    const auto normal = normal_form(text, NormalForm::nfc);
    changed += normal != text;
    REQUIRE(tokenizer->decode(tokenizer->encode(text)) == normal);
  }
  CHECK(changed > 100);
}

TEST_CASE("Pieces with marks for spaces and bytes decode to the text", "[tokenizers]") {
  for (const std::string name : {"gemma", "llama2"}) {
    const auto tokenizer = tokenizer_for("x", recorded(name + ".json"));
    for (const auto& text : test::nasty_lines()) {
      const bool ambiguous = text.find("▁") != std::string::npos;
      // Llama 2's normaliser puts a space after each added token, which decoding keeps.
      const bool parted = name == "llama2" && (text.find("s>") != std::string::npos ||
                                               text.find("<unk>") != std::string::npos);
      if (!ambiguous && !parted) REQUIRE(tokenizer->decode(tokenizer->encode(text)) == text);
    }
  }
  CHECK(tokenizer_for("x", recorded("gemma.json"))->decode({2, 3}) == "<bos><unk>");
}

TEST_CASE("A tokenizer says which id begins a text and whether it puts it there", "[tokenizers]") {
  const auto policy = [](const std::filesystem::path& path) {
    const auto tokenizer = tokenizer_for("x", path);
    return std::pair(tokenizer->bos(), tokenizer->adds_bos());
  };
  CHECK(policy(recorded("llama3.json")) == std::pair(1200, true));
  CHECK(policy(recorded("gemma.json")) == std::pair(2, true));
  CHECK(policy(recorded("llama2.json")) == std::pair(1, true));
  CHECK(policy(recorded("gpt2.json")) == std::pair(-1, false));  // nothing names one

  const test::TemporaryFolder folder;
  const auto with_config = [&](const std::string& name, const Json& config) {
    std::filesystem::copy_file(recorded(name),
                               folder / "tokenizer.json",
                               std::filesystem::copy_options::overwrite_existing);
    write_file(folder / "tokenizer_config.json", config.dump());
    return policy(folder.path());
  };
  CHECK(with_config("gpt2.json", {{"bos_token", "<|endoftext|>"}}) == std::pair(1000, false));
  CHECK(with_config("gpt2.json", {{"bos_token", {{"content", "<|endoftext|>"}}}}) ==
        std::pair(1000, false));
  CHECK(with_config("gpt2.json", {{"bos_token", "no such piece"}}) == std::pair(-1, false));
  // As in transformers 5, where the post-processor of tokenizer.json decides.
  CHECK(with_config("gpt2.json", {{"bos_token", "<|endoftext|>"}, {"add_bos_token", true}}) ==
        std::pair(1000, false));
  CHECK(with_config("llama3.json", {{"bos_token", "<|eot_id|>"}, {"add_bos_token", false}}) ==
        std::pair(1200, true));
}
