// test_tokenizer_refusals.cpp: what a tokenizer would have to guess is refused, by name and place.

#include <fmt/format.h>

#include "base/check.hpp"
#include "models/text/tokenizer_json.hpp"
#include "tests/tokenizer_files.hpp"

using namespace ww;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

/// A small tokenizer.json that is read, to be spoilt.
Json whole() {
  return Json::parse(R"({"version": "1.0", "truncation": null, "padding": null,
    "added_tokens": [{"id": 4, "content": "<s>", "single_word": false, "lstrip": false,
                      "rstrip": false, "normalized": false, "special": true}],
    "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"},
        {"type": "Replace", "pattern": {"String": "z"}, "content": ""},
        {"type": "Strip", "strip_left": true, "strip_right": false},
        {"type": "Prepend", "prepend": ""}]},
    "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
        {"type": "Split", "pattern": {"Regex": "c+"}, "behavior": "Isolated", "invert": false},
        {"type": "Digits", "individual_digits": true},
        {"type": "Punctuation", "behavior": "Isolated"},
        {"type": "Metaspace", "replacement": "_", "prepend_scheme": "never", "split": true},
        {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}]},
    "post_processor": {"type": "TemplateProcessing",
        "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
        "pair": [], "special_tokens": {"<s>": {"id": "<s>", "ids": [4], "tokens": ["<s>"]}}},
    "decoder": {"type": "Sequence", "decoders": [{"type": "ByteLevel"}]},
    "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": "",
        "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
        "vocab": {"a": 0, "b": 1, "ab": 2, "c": 3}, "merges": ["a b"]}})");
}

class Spoilt {
 public:
  std::string text(std::string_view content) {
    write_file(folder_ / "tokenizer.json", content);
    return test::refusal([&] { tokenizer_for("x", folder_ / "tokenizer.json"); });
  }
  std::string json(const Json& content) { return text(content.dump()); }
  /// The sentence where what a JSON pointer names is something else.
  std::string with(const char* place, const Json& value) {
    auto content = whole();
    content[Json::json_pointer(place)] = value;
    return json(content);
  }
  std::unique_ptr<Tokenizer> read(const Json& content) {
    write_file(folder_ / "tokenizer.json", content.dump());
    return tokenizer_for("x", folder_ / "tokenizer.json");
  }

 private:
  test::TemporaryFolder folder_;
};

Json added(const char* content, int id) {
  auto token = whole()["added_tokens"][0];
  token["content"] = content;
  token["id"] = id;
  return token;
}

void each_place(const Json& json, const Json::json_pointer& at, const auto& visit) {
  visit(at);
  if (!json.is_structured()) return;
  for (const auto& [key, value] : json.items()) each_place(value, at / key, visit);
}

}  // namespace

TEST_CASE("Kinds of tokenizer that are not read are named", "[tokenizers]") {
  Spoilt spoilt;
  CHECK(spoilt.read(whole())->encode("abc<s>") == std::vector<int32_t>{2, 3, 4});
  for (const std::string type : {"WordPiece", "Unigram", "WordLevel"}) {
    CHECK_THAT(spoilt.with("/model/type", type),
               Contains("tokenizer.json") && Contains(type) && Contains("--ids"));
  }
  for (const std::string type : {"Precompiled", "BertNormalizer", "StripAccents", "Nmt"}) {
    CHECK_THAT(spoilt.with("/normalizer", {{"type", type}}),
               Contains("normalizer '" + type + "'") && Contains("--ids"));
  }
  for (const std::string type : {"BertPreTokenizer", "UnicodeScripts", "CharDelimiterSplit"}) {
    CHECK_THAT(spoilt.with("/pre_tokenizer/pretokenizers/1", {{"type", type}}),
               Contains("pre_tokenizer.pretokenizers[1]") && Contains("'" + type + "'"));
  }
  CHECK_THAT(spoilt.with("/post_processor", {{"type", "RobertaProcessing"}}),
             Contains("RobertaProcessing"));
  CHECK_THAT(spoilt.with("/model/dropout", 0.1), Contains("dropout"));
  CHECK_THAT(spoilt.with("/model/end_of_word_suffix", "</w>"),
             Contains("end_of_word_suffix '</w>'"));
  CHECK_THAT(spoilt.with("/model/continuing_subword_prefix", "##"), Contains("##"));
  CHECK_THAT(spoilt.with("/model/new_option", true), Contains("'new_option'"));
  CHECK_THAT(spoilt.with("/extra", 1), Contains("'extra'"));
}

TEST_CASE("Files of other tokenizers are named, with what to do", "[tokenizers]") {
  const test::TemporaryFolder folder;
  const auto refused = [&](const char* name) {
    write_file(folder / name, "anything");
    return test::refusal([&] { tokenizer_for("x", folder / name); });
  };
  CHECK_THAT(refused("tokenizer.model"), Contains("use tokenizer.json or --ids"));
  CHECK_THAT(refused("vocab.txt"), Contains("vocab.txt") && Contains("tokenizer.json, vocab.json"));
  CHECK_THAT(refused("model.gguf"), Contains("model.gguf"));
  CHECK_THAT(test::refusal([&] { tokenizer_for("x", folder / "absent.json"); }),
             Contains("there is no such file"));
}

TEST_CASE("Parts of a tokenizer that contradict themselves are named", "[tokenizers]") {
  Spoilt spoilt;
  CHECK_THAT(spoilt.with("/pre_tokenizer/pretokenizers/0/pattern", {{"Regex", "(b"}}),
             Contains("pretokenizers[0].pattern.Regex") && Contains("does not compile"));
  CHECK_THAT(spoilt.with("/pre_tokenizer/pretokenizers/0/pattern", {{"String", ""}}),
             Contains("empty pattern"));
  CHECK_THAT(spoilt.with("/pre_tokenizer/pretokenizers/0/behavior", "Shuffled"),
             Contains("'Shuffled'"));
  CHECK_THAT(spoilt.with("/pre_tokenizer/pretokenizers/3/replacement", "__"),
             Contains("one character"));
  CHECK_THAT(spoilt.with("/pre_tokenizer/pretokenizers/3/prepend_scheme", "last"),
             Contains("'last'"));
  CHECK_THAT(spoilt.with("/model/merges", {"a b c"}), Contains("merge 0") && Contains("'a b c'"));
  CHECK_THAT(spoilt.with("/model/merges", {Json::array({"a", 1})}), Contains("no pair of pieces"));
  CHECK_THAT(spoilt.with("/model/merges", {"a c"}), Contains("'a' and 'c'"));
  CHECK_THAT(spoilt.with("/model/vocab/c", 0), Contains("both have the id 0"));
  CHECK_THAT(spoilt.with("/model/vocab/c", -1), Contains("model.vocab.c") && Contains("-1"));
  CHECK_THAT(spoilt.with("/model/vocab/c", 3.5), Contains("3.5"));
  CHECK_THAT(spoilt.with("/model/vocab/c", uint64_t{1} << 63), Contains("9223372036854775808"));
  CHECK_THAT(spoilt.with("/model/vocab/c", 2147483647), Contains("2147483647"));
  CHECK_THAT(spoilt.with("/added_tokens/0/id", 7), Contains("id 7") && Contains("4 is due"));
  CHECK_THAT(spoilt.with("/added_tokens", {added("d", 4), added("d", 5)}), Contains("twice"));
  CHECK_THAT(spoilt.with("/added_tokens", Json::array({added("", 4)})), Contains("empty"));
  CHECK_THAT(spoilt.with("/post_processor/single/1", {{"SpecialToken", {{"id", "<s>"}}}}),
             Contains("more than one piece before a text"));
  auto after = whole()["post_processor"]["single"];
  std::swap(after[0], after[1]);
  CHECK_THAT(spoilt.with("/post_processor/single", after), Contains("after it"));
  CHECK_THAT(spoilt.with("/post_processor/special_tokens/<s>/ids", {9}), Contains("id 9"));
  CHECK_THAT(spoilt.with("/post_processor/special_tokens", Json::object()), Contains("'<s>'"));
}

TEST_CASE("A tokenizer.json that is cut off is refused at any length", "[tokenizers]") {
  Spoilt spoilt;
  const auto content = whole().dump();
  for (size_t length = 0; length < content.size(); length += 7) {
    INFO(length);
    REQUIRE_THAT(spoilt.text(content.substr(0, length)), Contains("tokenizer.json"));
  }
}

TEST_CASE("JSON that is hostile is refused", "[tokenizers]") {
  Spoilt spoilt;
  CHECK_THAT(spoilt.text(std::string(1'000'000, '[')), Contains("nests deeper than 64"));
  CHECK_THAT(spoilt.text("[\"" + std::string(100, '[') + "\"]"), Contains("must be an object"));
  CHECK_THAT(spoilt.text("{\"model\": {\"merges\": 1e999}}"), Contains("too large"));
  CHECK_THAT(spoilt.text("\"\xff\xfe\""), Contains("no JSON"));
  CHECK_THAT(spoilt.text("{}"), Contains("is it a tokenizer.json?"));
  CHECK_THAT(spoilt.text("{\"model\": 5}"), Contains("must be an object but is number"));
}

TEST_CASE("Anything in place of any part is read or refused, never more", "[tokenizers]") {
  Spoilt spoilt;
  const auto content = whole();
  size_t refused = 0, read = 0;
  const std::vector<Json> values = {nullptr,
                                    true,
                                    -1,
                                    3,
                                    1e300,
                                    "",
                                    "x",
                                    Json::array(),
                                    {1},
                                    Json::object(),
                                    {{"type", "x"}},
                                    {{"type", 5}}};
  each_place(content, Json::json_pointer(), [&](const Json::json_pointer& at) {
    auto missing = content;
    if (!at.empty() && missing[at.parent_pointer()].is_object()) {
      missing[at.parent_pointer()].erase(at.back());
    }
    std::vector<Json> all = {missing};
    for (const auto& value : values) {
      all.push_back(content);
      all.back()[at] = value;
    }
    for (const auto& spoiled : all) {
      try {
        spoilt.read(spoiled)->encode("ab 12z c.<s>");
        ++read;
      } catch (const InputError& error) {
        REQUIRE_THAT(error.what(), Contains("tokenizer.json"));
        ++refused;
      }
    }
  });
  CHECK(read > 50);
  CHECK(refused > 800);
}

TEST_CASE("A text that is not UTF-8 is refused", "[tokenizers]") {
  Spoilt spoilt;
  CHECK_THAT(test::refusal([&] { spoilt.read(whole())->encode("ab\xff"); }), Contains("byte 2"));
  CHECK_THAT(test::refusal([&] { spoilt.read(whole())->decode({0, 99}); }), Contains("id 99"));
}

TEST_CASE("A GGUF's tokenizer that is damaged is refused", "[tokenizers]") {
  const test::TemporaryFolder folder;
  const auto refused = [&](const char* key, const Json& value) {
    std::map<std::string, Json> pairs = {{"tokenizer.ggml.model", "gpt2"},
                                         {"tokenizer.ggml.pre", "gpt-2"},
                                         {"tokenizer.ggml.tokens", {"a", "b", "ab"}},
                                         {"tokenizer.ggml.token_type", {1, 1, 1}},
                                         {"tokenizer.ggml.merges", {"a b"}}};
    pairs[key] = value;
    test::GgufMetadata file;
    for (const auto& [name, content] : pairs) {
      if (!content.is_null()) file.pair(name, content);
    }
    file.write(folder / "a.gguf");
    return test::refusal([&] { tokenizer_for(folder / "a.gguf", ""); });
  };
  CHECK_THAT(refused("tokenizer.ggml.model", "bert"), Contains("'bert'") && Contains("gpt2"));
  CHECK_THAT(refused("tokenizer.ggml.pre", "no-such"), Contains("'no-such'"));
  CHECK_THAT(refused("tokenizer.ggml.tokens", {"a", "b", "b"}), Contains("'b' twice"));
  CHECK_THAT(refused("tokenizer.ggml.tokens", {1, 2, 3}), Contains("must be a text"));
  CHECK_THAT(refused("tokenizer.ggml.token_type", {1, 1}), Contains("2 entries for 3 tokens"));
  CHECK_THAT(refused("tokenizer.ggml.token_type", {1, 1, 9}), Contains("no type of token"));
  CHECK_THAT(refused("tokenizer.ggml.merges", {"b a"}), Contains("'b' and 'a'"));
  CHECK_THAT(refused("tokenizer.ggml.merges", nullptr), Contains("tokenizer.ggml.merges"));
  CHECK_THAT(refused("tokenizer.ggml.bos_token_id", 3), Contains("bos_token_id"));
  CHECK_THAT(refused("tokenizer.ggml.add_bos_token", true), Contains("does not say which"));
  CHECK_THAT(refused("tokenizer.ggml.add_eos_token", true), Contains("EOS"));
}
