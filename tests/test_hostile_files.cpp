// test_hostile_files.cpp: files made to exhaust memory, time or the stack are refused in a
// sentence. scripts/fuzz looks for more of them; what it finds is restated here.

#include <fmt/format.h>

#include "models/config_json.hpp"
#include "models/decoder.hpp"
#include "models/formats/families.hpp"
#include "models/formats/gguf.hpp"
#include "models/formats/llama2c.hpp"
#include "models/formats/manifest.hpp"
#include "models/formats/pickle.hpp"
#include "models/formats/pytorch.hpp"
#include "models/formats/safetensors.hpp"
#include "models/text/llama_bpe.hpp"
#include "models/text/tokenizer_json.hpp"
#include "plots/records.hpp"
#include "tests/catch.hpp"

using namespace ww;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

template <typename Number>
std::string raw(Number value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

std::string nested(size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::string safetensors(const std::string& header) { return raw(uint64_t{header.size()}) + header; }

/// The pickle of {"a": tensor}, its offset, shape and stride given as instructions.
std::string pickled(const std::string& offset,
                    const std::string& shape,
                    const std::string& stride,
                    const std::string& key = "0") {
  const auto text = [](const std::string& value) {
    return "X" + raw(static_cast<uint32_t>(value.size())) + value;
  };
  return "\x80\x02}(" + text("a") + "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") +
         "ctorch\nFloatStorage\n" + text(key) + text("cpu") + "K\x08tQ" + offset + shape + stride +
         "tRu.";
}

const std::string kZero("K\0", 2), kOne = "K\x01\x85";  // 0; the tuple of 1

/// An archive of members that are not compressed.
std::string zip(const std::vector<std::pair<std::string, std::string>>& members) {
  std::string all, directory;
  for (const auto& [name, bytes] : members) {
    const auto size = raw(static_cast<uint32_t>(bytes.size()));
    const auto sizes = std::string(4, '\0') + size + size + raw(static_cast<uint16_t>(name.size()));
    const auto at = raw(static_cast<uint32_t>(all.size()));
    all += "PK\3\4" + std::string(10, '\0') + sizes + std::string(2, '\0') + name + bytes;
    directory += "PK\1\2" + std::string(12, '\0') + sizes + std::string(12, '\0') + at + name;
  }
  const auto count = raw(static_cast<uint16_t>(members.size()));
  return all + directory + "PK\5\6" + std::string(4, '\0') + count + count +
         raw(static_cast<uint32_t>(directory.size())) + raw(static_cast<uint32_t>(all.size())) +
         std::string(2, '\0');
}

std::string refused_pickle(const std::string& pickle) {
  return test::refusal([&] { read_pickle(std::as_bytes(std::span(pickle)), "a.pt"); });
}

Json family(const char* type) {
  return {{"model_type", type},
          {"vocab_size", 8},
          {"hidden_size", 8},
          {"num_hidden_layers", 2},
          {"num_attention_heads", 2},
          {"intermediate_size", 8}};
}

std::string refused_family(Json config, const Json& change) {
  config.update(change);
  return test::refusal([&] {
    for (const auto& rope : read_family(config, "a").ropes) frequency_table(rope, 0, "a");
  });
}

}  // namespace

TEST_CASE("JSON that is too deep or too large for its reader is refused", "[hostile]") {
  const auto refused = [](const std::string& text) {
    return test::refusal([&] { parse_json(text, "a.json"); });
  };
  CHECK(parse_json(nested(64), "a.json").size() == 1);
  CHECK_THAT(refused(nested(65)), Contains("a.json") && Contains("deeper than 64"));
  CHECK_THAT(refused(std::string(1'000'000, '[')), Contains("deeper than 64"));
  CHECK(parse_json("\"\\\"" + std::string(100, '[') + "\"", "a.json").is_string());
  std::string list = "[0";
  for (int i = 0; i < 1 << 18; ++i) list += ",0";
  CHECK_THAT(refused(list + "]"), Contains("holds more than 262144 values"));
  CHECK_THAT(refused("{\"a\": 1e999}"), Contains("too large"));
}

TEST_CASE("Headers of safetensors that are hostile are refused", "[hostile]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.safetensors";
  const auto refused = [&](const std::string& header) {
    write_file(path, safetensors(header));
    return test::refusal([&] { read_safetensors(path); });
  };
  CHECK_THAT(refused("{\"__metadata__\":" + nested(50'000) + "}"), Contains("deeper than 64"));
  CHECK_THAT(
      refused(
          R"({"a": {"dtype": "F8", "shape": [1099511627776, 1099511627776], "data_offsets": [0, 0]}})"),
      Contains("larger than the file"));
}

TEST_CASE("Records that nest are refused with their line", "[hostile]") {
  const test::TemporaryFolder folder;
  write_file(folder / "record.jsonl", "{\"type\": " + nested(50'000) + "}\n");
  std::vector<std::string> warnings;
  CHECK_THAT(test::refusal([&] { read_record(folder / "record.jsonl", warnings); }),
             Contains("line 1") && Contains("deeper than 64"));
}

TEST_CASE("Pickles can't ask for more than a checkpoint does", "[hostile]") {
  const auto whole = pickled(kZero, kOne, kOne);
  CHECK(read_pickle(std::as_bytes(std::span(whole)), "a.pt").tensors.size() == 1);
  std::string ones;
  for (int i = 0; i < 65; ++i) ones += "K\x01";
  CHECK_THAT(refused_pickle(pickled(kZero, "(" + ones + "t", "(" + ones + "t")),
             Contains("too many dimensions"));
  CHECK_THAT(refused_pickle(pickled(kZero, kOne, kOne, std::string(65, '1'))),
             Contains("name is no number"));
  // The same ten thousand values again and again: 240 KB a time.
  std::string lists = "\x80\x02(" + std::string(10'000, 'N') + "tq\x01]q\x02";
  for (int i = 0; i < 300; ++i) lists += "h\x02(" + std::string(10'000, 'N') + "e0";
  CHECK_THAT(refused_pickle(lists + "."), Contains("more objects than any checkpoint"));
  auto twice = whole.substr(0, whole.size() - 2);
  twice += twice.substr(4) + "u.";
  CHECK_THAT(refused_pickle(twice), Contains("\"a\" twice"));
}

TEST_CASE("An offset beyond any storage is refused", "[hostile]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.pt";
  const auto write = [&](const std::string& offset) {
    const auto pickle = pickled(offset, "K\x02\x85", kOne);
    write_file(path, zip({{"a/data.pkl", pickle}, {"a/data/0", std::string(32, '\0')}}));
  };
  write(kZero);
  CHECK(read_pytorch(path).tensors.size() == 1);
  write("\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f");  // 2^63 - 1
  CHECK_THAT(test::refusal([&] { read_pytorch(path); }), Contains("outside its storage"));
}

TEST_CASE("A GGUF that is called a part of none is a file like any other", "[hostile]") {
  CHECK_THAT(test::refusal([] { read_gguf_container("a-00001-of-00000.gguf"); }),
             Contains("cannot be read"));
}

TEST_CASE("Configurations of impossible sizes are refused", "[hostile]") {
  CHECK_THAT(refused_family(family("llama"), {{"head_dim", 1'000'000'000}}),
             Contains("cannot turn"));
  CHECK_THAT(refused_family(family("llama"), {{"num_hidden_layers", 5000}}),
             Contains("5000 layers"));
  CHECK_THAT(refused_family(family("smollm3"), {{"no_rope_layer_interval", 0}}),
             Contains("no_rope_layer_interval"));
  CHECK_THAT(
      refused_family(family("stablelm"), {{"qk_layernorm", true}, {"num_attention_heads", 40'000}}),
      Contains("40000 heads"));
}

TEST_CASE("Sizes that cannot work are refused", "[hostile]") {
  const auto refused = [](auto change) {
    auto config = read_family(family("llama"), "a").config;
    change(config);
    CHECK_THAT(test::refusal([&] { parameter_specs(config, "a.json"); }),
               Catch::Matchers::StartsWith("a.json: "));
    return test::refusal([&] { Decoder{config}; });
  };
  CHECK_THAT(refused([](auto& c) { c.key_heads = 3; }), Contains("choose a divisor"));
  CHECK_THAT(refused([](auto& c) { c.activation = "elu"; }), Contains("gelu, gelu-exact"));
  CHECK_THAT(refused([](auto& c) { c.layers = 0; }), Contains("must be positive"));
  CHECK_THAT(refused([](auto& c) { c.norm_epsilon = -1; }), Contains("norm_epsilon must not be"));
  CHECK_THAT(refused([](auto& c) { c.windows.assign(2, -4); }),
             Contains("windows must not be negative"));
}

TEST_CASE("A yarn ramp that does not rise is refused", "[hostile]") {
  const auto yarn = [](double fast, double slow) {
    return Json{{"rope_type", "yarn"},
                {"factor", 2},
                {"original_max_position_embeddings", 16},
                {"beta_fast", fast},
                {"beta_slow", slow}};
  };
  for (const auto& [fast, slow] : {std::pair{1.0, 32.0}, {32.0, -1.0}, {0.0, 0.0}}) {
    CHECK_THAT(refused_family(family("llama"), {{"rope_scaling", yarn(fast, slow)}}),
               Contains("beta_fast > beta_slow > 0"));
  }
}

TEST_CASE("A manifest of impossible sizes is refused", "[hostile]") {
  const test::TemporaryFolder folder;
  write_file(folder / "a.safetensors", safetensors("{}"));
  const auto refused = [&](const Json& changed, const Json& encoding) {
    Json model = {{"vocabulary", 3},
                  {"width", 4},
                  {"layers", 1},
                  {"heads", 1},
                  {"key_heads", 1},
                  {"head_width", 4},
                  {"hidden", 4},
                  {"activation", "gelu"},
                  {"norm", "rms"},
                  {"norm_epsilon", 1e-6}};
    model.update(changed);
    const Json manifest = {{"format", "whatwhere-manifest"},
                           {"version", 1},
                           {"weights", "a.safetensors"},
                           {"model", model},
                           {"encoding", encoding},
                           {"tensors", Json::object()}};
    write_file(folder / "whatwhere.json", manifest.dump());
    return test::refusal([&] { read_manifest(folder / "whatwhere.json"); });
  };
  Json pope = {{"name", "pope"}, {"base", 10000}, {"magnitude", "softplus"}};
  CHECK_THAT(refused({{"head_width", 1'000'000'000}}, pope), Contains("head width of 1000000000"));
  CHECK_THAT(refused({{"layers", 1'000'000'000}}, pope), Contains("1000000000 layers"));
  pope["rotary_width"] = 1'000'000'000;
  CHECK_THAT(refused({{"head_width", 8}}, pope), Contains("rotary_width"));
}

TEST_CASE("A llama2.c header of impossibly many layers is refused", "[hostile]") {
  const test::TemporaryFolder folder;
  std::string header;
  for (const int32_t size : {2, 1, 1 << 20, 1, 1, 1, 1}) header += raw(size);
  write_file(folder / "a.bin", header);
  CHECK_THAT(test::refusal([&] { read_llama2c(folder / "a.bin"); }), Contains("1048576 layers"));
}

TEST_CASE("A normalizer that doubles texts again and again is refused", "[hostile]") {
  const Json twice = {{"type", "Replace"}, {"pattern", {{"String", "s"}}}, {"content", "ss"}};
  const Json doubling = {{"type", "Sequence"}, {"normalizers", std::vector<Json>(40, twice)}};
  const Normaliser normaliser(JsonNode(doubling, "tokenizer.json"));
  bool first = true;
  CHECK(Normaliser(JsonNode(twice, "tokenizer.json"))("sas", first) == "ssass");
  CHECK_THAT(test::refusal([&] { normaliser("s", first); }), Contains("normalizer makes more"));
}

TEST_CASE("Pieces longer than any tokenizer's are refused", "[hostile]") {
  std::vector<Piece> pieces(259);
  for (size_t i = 0; i < pieces.size(); ++i) pieces[i].text = fmt::format("<{}>", i);
  pieces.push_back({std::string(512, 'a')});
  CHECK(LlamaBpe(pieces).vocabulary() == 260);
  pieces.back().text += 'a';
  CHECK_THAT(test::refusal([&] { LlamaBpe{pieces}; }), Contains("piece of 513 bytes"));
}

TEST_CASE("Added tokens that fill memory are refused", "[hostile]") {
  std::vector<AddedToken> tokens;
  for (int32_t i = 0; i < 9; ++i) {
    tokens.push_back({.id = i, .content = std::to_string(i) + std::string(60'000, 'a')});
  }
  CHECK_THAT(test::refusal([&] { AddedTokens(tokens, Normaliser(), "a.json"); }),
             Contains("more than 524288 bytes"));
}

TEST_CASE("Numbers that a field cannot hold are refused", "[hostile]") {
  const auto refused = [](const char* key, const Json& value) {
    auto model = model_to_json(ModelConfig{});
    model[key] = value;
    return test::refusal([&] { model_from_json(model, "config.json"); });
  };
  for (const Json& value : {Json(7.7e101), Json(1.5), Json(uint64_t{1} << 63), Json(true)}) {
    CHECK_THAT(refused("layers", value), Contains("\"layers\" has a value of the wrong type"));
  }
  CHECK_THAT(refused("layer_tables", {0, 1e300}), Contains("\"layer_tables\""));
  CHECK_THAT(refused("tied", 1), Contains("\"tied\""));
}

TEST_CASE("Sizes in a header of safetensors that no integer holds are refused", "[hostile]") {
  const test::TemporaryFolder folder;
  const auto read = [&](const Json& shape, const Json& offsets) {
    const Json header = {{"x", {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", offsets}}}};
    const auto text = header.dump();
    std::string size(8, '\0');
    size[0] = static_cast<char>(text.size());
    write_file(folder / "a.safetensors", size + text + "1234");
    return read_safetensors(folder / "a.safetensors");
  };
  const auto refused = [&](const Json& shape, const Json& offsets) {
    return test::refusal([&] { read(shape, offsets); });
  };
  CHECK(read({1}, {0, 4}).tensors.size() == 1);
  CHECK_THAT(refused({1e300}, {0, 4}), Contains("damaged shape"));
  CHECK_THAT(refused({1}, {0, 1e300}), Contains("damaged offsets"));
  CHECK_THAT(refused({1}, {-1, 4}), Contains("damaged offsets"));
}
