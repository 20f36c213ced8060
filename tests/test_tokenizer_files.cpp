// test_tokenizer_files.cpp: a tokenizer gives the same ids from each kind of file that it can lie
// in.

#include <fmt/format.h>

#include <map>

#include "tests/tokenizer_files.hpp"

using namespace ww;
using Catch::Matchers::Contains;
using Json = nlohmann::json;
using test::recorded;
using test::require_recorded;

namespace {

/// vocab.json and merges.txt of a recorded tokenizer whose merges are texts.
void write_two_files(const std::string& name, const std::filesystem::path& folder) {
  const auto json = test::recorded_json(name + ".json");
  std::string merges = "#version: 0.2\n";
  for (const auto& merge : json["model"]["merges"]) merges += merge.get<std::string>() + "\n";
  auto pieces = json["model"]["vocab"];
  for (const auto& token : json["added_tokens"]) {
    pieces[token["content"].get<std::string>()] = token["id"];
  }
  write_file(folder / "vocab.json", pieces.dump());
  write_file(folder / "merges.txt", merges);
}

/// The metadata that llama.cpp's converter writes for a byte-level tokenizer.
test::GgufMetadata gguf_of(const std::string& name, const std::string& pre) {
  const auto json = test::recorded_json(name + ".json");
  std::map<int32_t, std::pair<std::string, int>> tokens;  // text, type
  for (const auto& [text, id] : json["model"]["vocab"].items()) tokens[id] = {text, 1};
  for (const auto& token : json["added_tokens"]) tokens[token["id"]] = {token["content"], 3};
  auto texts = Json::array(), types = Json::array(), merges = Json::array();
  for (const auto& [id, token] : tokens) {
    REQUIRE(id == static_cast<int32_t>(texts.size()));
    texts.push_back(token.first);
    types.push_back(token.second);
  }
  for (const auto& merge : json["model"]["merges"]) {
    const bool pair = merge.is_array();
    merges.push_back(pair ? merge[0].get<std::string>() + " " + merge[1].get<std::string>()
                          : merge.get<std::string>());
  }
  test::GgufMetadata file;
  file.pair("tokenizer.ggml.model", "gpt2")
      .pair("tokenizer.ggml.pre", pre)
      .pair("tokenizer.ggml.tokens", texts)
      .pair("tokenizer.ggml.token_type", types)
      .pair("tokenizer.ggml.merges", merges);
  return file;
}

}  // namespace

TEST_CASE("vocab.json with merges.txt is the tokenizer that its class says", "[tokenizers]") {
  const test::TemporaryFolder folder;
  write_two_files("gpt2", folder.path());
  const auto two = tokenizer_for("x", folder / "merges.txt");
  CHECK(two->name() == "byte-level BPE of vocab.json");
  CHECK(two->bos() == 1000);
  CHECK_FALSE(two->adds_bos());
  require_recorded(*two, "gpt2");

  const auto configured = [&](const Json& config) {
    write_file(folder / "tokenizer_config.json", config.dump());
    return tokenizer_for(folder.path(), "");
  };
  CHECK(configured({{"add_bos_token", true}})->adds_bos());
  CHECK(configured({{"bos_token", nullptr}})->bos() == -1);
  CHECK(configured({{"add_prefix_space", true}})->encode("the") ==
        configured(Json::object())->encode(" the"));
  CHECK_THAT(test::refusal([&] {
               configured({{"tokenizer_class", "CLIPTokenizer"}});
             }),
             Contains("CLIPTokenizer") && Contains("GPT2Tokenizer") && Contains("--ids"));
  CHECK_THAT(test::refusal([&] {
               configured({{"add_eos_token", true}});
             }),
             Contains("add_eos_token"));

  write_two_files("qwen2", folder.path());
  auto decoder = Json::object();
  const auto qwen2 = test::recorded_json("qwen2.json");
  for (auto token : qwen2["added_tokens"]) {
    const auto id = std::to_string(token["id"].get<int>());
    token.erase("id");
    decoder[id] = token;
  }
  require_recorded(
      *configured({{"tokenizer_class", "Qwen2TokenizerFast"}, {"added_tokens_decoder", decoder}}),
      "qwen2");
}

TEST_CASE("encoder.json with vocab.bpe is GPT-2's pair", "[tokenizers]") {
  const test::TemporaryFolder folder;
  write_two_files("gpt2", folder.path());
  std::filesystem::rename(folder / "vocab.json", folder / "encoder.json");
  CHECK_THAT(test::refusal([&] { tokenizer_for(folder.path(), ""); }),
             Contains("encoder.json: needs vocab.bpe beside it"));
  std::filesystem::rename(folder / "merges.txt", folder / "vocab.bpe");
  require_recorded(*tokenizer_for(folder.path(), ""), "gpt2");
}

TEST_CASE("A GGUF's byte-level tokenizer is the one that it was made from", "[tokenizers]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "model.gguf";
  const std::pair<const char*, const char*> made[] = {
      {"gpt2", "gpt-2"}, {"llama3", "llama-bpe"}, {"qwen2", "qwen2"}, {"smollm2", "smollm"}};
  for (const auto& [name, pre] : made) {
    gguf_of(name, pre).pair("tokenizer.ggml.bos_token_id", 0).write(path);
    const auto tokenizer = tokenizer_for(path, "");
    CHECK(tokenizer->name() == fmt::format("byte-level BPE of GGUF, {}", pre));
    require_recorded(*tokenizer, name);
  }
  const auto bos = [&](const char* name, const char* pre, const Json& id, const Json& adds) {
    auto file = gguf_of(name, pre);
    if (!id.is_null()) file.pair("tokenizer.ggml.bos_token_id", id);
    if (!adds.is_null()) file.pair("tokenizer.ggml.add_bos_token", adds);
    file.write(path);
    const auto tokenizer = tokenizer_for(path, "");
    return std::pair(tokenizer->bos(), tokenizer->adds_bos());
  };
  CHECK(bos("gpt2", "gpt-2", nullptr, nullptr) == std::pair(-1, false));
  CHECK(bos("gpt2", "gpt-2", 1000, nullptr) == std::pair(1000, false));
  CHECK(bos("gpt2", "gpt-2", 1000, true) == std::pair(1000, true));
  CHECK(bos("llama3", "llama-bpe", 1200, nullptr) == std::pair(1200, true));
  CHECK(bos("llama3", "llama-bpe", 1200, false) == std::pair(1200, false));
}

TEST_CASE("What a GGUF's name for a pre-tokenizer stands for", "[tokenizers]") {
  const test::TemporaryFolder folder;
  const auto read = [&](const std::string& pre) {
    test::GgufMetadata()
        .pair("tokenizer.ggml.model", "gpt2")
        .pair("tokenizer.ggml.pre", pre)
        .pair("tokenizer.ggml.bos_token_id", 0)
        .pair("tokenizer.ggml.tokens",
              {"x", "2", "0", "+", "e", "Ì", "ģ", "Ã", "©", "20", "202", "2020", "+x", "Ã©"})
        .pair("tokenizer.ggml.merges", {"2 0", "20 2", "20 20", "+ x", "Ã ©"})
        .write(folder / "a.gguf");
    return tokenizer_for(folder / "a.gguf", "");
  };
  using Words = std::vector<std::string>;
  const auto pieces = [&](const std::string& pre, const std::string& text) {
    const auto tokenizer = read(pre);
    Words words;
    for (const auto id : tokenizer->encode(text)) words.push_back(tokenizer->decode({id}));
    return words;
  };
  CHECK(pieces("gpt-2", "+x2020") == Words{"+", "x", "2020"});
  CHECK(pieces("phi-2", "+x2020") == Words{"+", "x", "2020"});
  CHECK(pieces("olmo", "+x2020") == Words{"+", "x", "2020"});
  CHECK(pieces("llama-bpe", "+x2020") == Words{"+x", "202", "0"});
  CHECK(pieces("qwen2", "+x2020") == Words{"+x", "2", "0", "2", "0"});
  CHECK(pieces("stablelm2", "+x2020") == Words{"+x", "2", "0", "2", "0"});
  CHECK(pieces("smollm", "+x2020") == Words{"+", "x", "2", "0", "2", "0"});
  CHECK(pieces("starcoder", "+x2020") == Words{"+", "x", "2", "0", "2", "0"});
  CHECK(pieces("default", "+x2020") == Words{"+", "x", "202", "0"});
  for (const auto* pre : {"qwen2", "stablelm2", "olmo"})
    CHECK(pieces(pre, "e\u0301") == Words{"é"});
  for (const auto* pre : {"gpt-2", "llama-bpe", "smollm", "default"}) {
    CHECK(pieces(pre, "e\u0301") == Words{"e", "\xcc", "\x81"});
  }
  CHECK_THAT(
      test::refusal([&] { read("falcon"); }),
      Contains("a.gguf") && Contains("falcon") && Contains("llama-bpe") && Contains("--ids"));
}

TEST_CASE("A GGUF's pieces with scores: added tokens, bytes by name, the space before",
          "[tokenizers]") {
  const test::TemporaryFolder folder;
  Json tokens = {"<unk>", "<s>", "<x>", "▁", "a", "b", "▁a", "ab"};
  Json types = {2, 3, 4, 1, 1, 1, 1, 1};
  Json scores = {0.5, 0.5, 0.5, -9.5, -9.5, -9.5, -1.5, -2.5};
  for (int byte = 0; byte < 256; ++byte) {
    tokens.push_back(fmt::format("<0x{:02X}>", byte));
    types.push_back(6);
    scores.push_back(0.5);
  }
  const auto read = [&](bool spaced) {
    test::GgufMetadata()
        .pair("tokenizer.ggml.model", "llama")
        .pair("tokenizer.ggml.tokens", tokens)
        .pair("tokenizer.ggml.token_type", types)
        .pair("tokenizer.ggml.scores", scores)
        .pair("tokenizer.ggml.add_space_prefix", spaced)
        .pair("tokenizer.ggml.add_bos_token", spaced)
        .write(folder / "a.gguf");
    return tokenizer_for(folder / "a.gguf", "");
  };
  using Ids = std::vector<int32_t>;
  const auto byte = [](int value) { return 8 + value; };
  const auto spaced = read(true), plain = read(false);
  CHECK(spaced->encode("ab<x>a<s>é") == Ids{6, 5, 2, 6, 1, 3, byte(0xc3), byte(0xa9)});
  CHECK(plain->encode("ab<x>a<s>é") == Ids{7, 2, 4, 1, byte(0xc3), byte(0xa9)});
  CHECK(plain->encode("<0x41>") != Ids{byte(0x41)});  // spelled, it is no byte
  for (const std::string text : {"ab<x>a<s>é", " a", "<x>", " <x> ", "<0x41>"}) {
    CHECK(spaced->decode(spaced->encode(text)) == text);
    CHECK(plain->decode(plain->encode(text)) == text);
  }
  CHECK(spaced->bos() == 1);
  CHECK(spaced->adds_bos());
  CHECK_FALSE(plain->adds_bos());
  tokens.back() = "<0xF>";
  CHECK_THAT(test::refusal([&] { read(true); }), Contains("<0xFF>"));
}

TEST_CASE("A folder's tokenizer is found, and said to be missing where it is", "[tokenizers]") {
  const test::TemporaryFolder folder;
  const auto missing = test::refusal([&] { tokenizer_for(folder.path(), ""); });
  CHECK_THAT(missing,
             Contains("tokenizer.json") && Contains("vocab.json") && Contains("tok512.bin") &&
                 Contains("--tokenizer") && Contains("--ids"));
  write_file(folder / "tokenizer.model", "");
  CHECK_THAT(test::refusal([&] { tokenizer_for(folder.path(), ""); }), Contains("SentencePiece"));
  write_two_files("gpt2", folder.path());
  write_file(folder / "model.safetensors", "");
  CHECK(tokenizer_for(folder / "model.safetensors", "")->name() == "byte-level BPE of vocab.json");
  std::filesystem::copy_file(recorded("llama3.json"), folder / "tokenizer.json");
  CHECK(tokenizer_for(folder.path(), "")->vocabulary() == 1205);
  CHECK(tokenizer_for(folder / "model.safetensors", "")->vocabulary() == 1205);
  CHECK(tokenizer_for("elsewhere", folder.path())->vocabulary() == 1205);
}
