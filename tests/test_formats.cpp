// test_formats.cpp: safetensors, llama2.c and GGUF files: read right, or refused with a sentence.

#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/files.hpp"
#include "models/formats/formats.hpp"
#include "models/formats/gguf.hpp"
#include "models/formats/llama2c.hpp"
#include "models/formats/safetensors.hpp"
#include "tests/catch.hpp"
#include "tests/gguf_builder.hpp"
#include "tests/python.hpp"

using namespace ww;
using Catch::Matchers::Contains;
using test::GgufBuilder;

namespace {

std::filesystem::path stories(const char* name) {
  return test::source_root() / "data" / "stories260k" / name;
}

/// Our parameter's values as the file gives them.
std::vector<float> filled(const SourceModel& source, const std::string& ours) {
  std::vector<float> values;
  for (const auto& piece : source.stacks.at(ours)) {
    const auto part = widen(piece.tensor, source.weights.tensors.at(piece.tensor));
    values.insert(values.end(), part.begin(), part.end());
  }
  return values;
}

/// Writes `bytes` under the same name and returns what reading it is refused with.
class Refuser {
 public:
  explicit Refuser(const char* name) : path_(folder_ / name) {}
  std::string operator()(std::string_view bytes) {
    write_file(path_, bytes);
    const auto sentence = test::refusal([&] { read_source(path_); });
    CHECK_THAT(sentence, Contains(path_.filename().string()));
    return sentence;
  }

 private:
  test::TemporaryFolder folder_;
  std::filesystem::path path_;
};

template <typename Number>
std::string with(std::string bytes, size_t at, Number value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
  return bytes;
}

}  // namespace

TEST_CASE("The same model in both files has the same tensors", "[formats]") {
  const auto bin = read_source(stories("stories260K.bin"));
  const auto gguf = read_source(stories("stories260K.gguf"));
  CHECK(bin.format == "llama2.c");
  CHECK(gguf.format == "gguf");
  CHECK(bin.config.key_heads == 4);
  CHECK(bin.config.encoding_options.layout == "adjacent");
  CHECK(bin.config.tied);
  CHECK_FALSE(gguf.config.tied);
  for (const auto& [name, stack] : bin.stacks) {
    INFO(name);
    CHECK(filled(bin, name) == filled(gguf, name));
  }
  CHECK(filled(gguf, "head.weight") == filled(bin, "embed.weight"));
}

TEST_CASE("A llama2.c file that is cut off or lies about itself is refused", "[formats]") {
  const auto whole = read_file(stories("stories260K.bin"));
  Refuser refused("a.bin");
  for (size_t length = 0; length < 60; ++length) refused(std::string_view(whole).substr(0, length));
  for (size_t length = 60; length < whole.size(); length += 50'021) {
    CHECK_THAT(refused(std::string_view(whole).substr(0, length)), Contains("its header says"));
  }
  CHECK_THAT(refused(whole + "x"), Contains("its header says"));
  CHECK_THAT(refused(with(whole, 0, int32_t{0})), Contains("impossible size"));
  CHECK_THAT(refused(with(whole, 8, int32_t{-5})), Contains("impossible size"));
  CHECK_THAT(refused(with(whole, 4, int32_t{0x7fffffff})), Contains("impossible size"));
  CHECK_THAT(refused(with(whole, 12, int32_t{7})), Contains("cannot be"));
  CHECK_THAT(refused(with(whole, 0, int32_t{0x616b3432})), Contains("version 1"));
}

TEST_CASE("A value that is not finite is refused by its tensor's name", "[formats]") {
  const test::TemporaryFolder folder;
  const auto nan = std::numeric_limits<float>::quiet_NaN();
  write_file(folder / "a.bin", with(read_file(stories("stories260K.bin")), 28, nan));
  const auto source = read_source(folder / "a.bin");
  CHECK_THAT(test::refusal([&] { filled(source, "embed.weight"); }), Contains("'embed.weight'"));
}

TEST_CASE("A GGUF file that is cut off is refused at any length", "[formats]") {
  const auto whole = read_file(stories("stories260K.gguf"));
  Refuser refused("a.gguf");
  for (size_t length = 0; length < 200; ++length)
    refused(std::string_view(whole).substr(0, length));
  for (size_t length = 200; length < whole.size(); length += 10'007) {
    refused(std::string_view(whole).substr(0, length));
  }
}

TEST_CASE("A GGUF file that is hostile or of another kind is refused", "[formats]") {
  Refuser refused("a.gguf");
  constexpr uint64_t kHuge = uint64_t{1} << 60;
  CHECK_THAT(refused("GGML....................."), Contains("no GGUF file"));
  CHECK_THAT(refused(GgufBuilder(9).number(uint64_t{0}).number(uint64_t{0}).with_data(0)),
             Contains("version 9"));
  CHECK_THAT(refused(GgufBuilder().number(kHuge).number(uint64_t{0}).with_data(64)),
             Contains("more than it holds"));
  CHECK_THAT(refused(GgufBuilder().number(uint64_t{0}).number(kHuge).with_data(64)),
             Contains("more than it holds"));
  const auto pair = [](uint32_t type) {
    GgufBuilder file;
    file.number(uint64_t{0}).number(uint64_t{1}).text("general.architecture").number(type);
    return file;
  };
  CHECK_THAT(refused(pair(8).text("mamba").with_data(0)), Contains("'mamba'"));
  CHECK_THAT(refused(pair(77).with_data(64)), Contains("unknown type 77"));
  CHECK_THAT(refused(pair(9).number(uint32_t{4}).number(kHuge).with_data(64)),
             Contains("more than it holds"));
  const auto one = [] {
    GgufBuilder file;
    file.number(uint64_t{1}).number(uint64_t{0});
    return file;
  };
  CHECK_THAT(refused(one().tensor("a", 4, 19, 0).with_data(64)), Contains("IQ1_S"));
  CHECK_THAT(refused(one().tensor("a", 256, 12, 0).with_data(256)), Contains("Q4_K"));
  CHECK_THAT(refused(one().tensor("a", 64, 0, 0).with_data(64)), Contains("file"));
  CHECK_THAT(refused(one().tensor("a", 4, 0, kHuge).with_data(64)), Contains("past the file"));
  CHECK_THAT(refused(one().tensor("a", uint64_t{1} << 39, 0, 0).with_data(64)), Contains("larger"));
  GgufBuilder two;
  two.number(uint64_t{2}).number(uint64_t{0});
  CHECK_THAT(refused(two.tensor("a", 4, 0, 0).tensor("b", 4, 0, 8).with_data(64)),
             Contains("overlap"));
}

TEST_CASE("A file of no format is refused with the formats there are", "[formats]") {
  Refuser refused("model.xyz");
  CHECK_THAT(refused("anything"), Contains("GGUF") && Contains("llama2.c"));
}

TEST_CASE("Half and bfloat16 widen to the values they stand for", "[formats]") {
  const auto widened = [](const char* type, uint16_t bits) {
    float value = 0;
    const auto bytes = std::as_bytes(std::span(&bits, 1));
    find_stored_type(type)->widen(bytes.data(), 1, &value);
    return value;
  };
  CHECK(widened("F16", 0x3c00) == 1.0F);
  CHECK(widened("F16", 0xc000) == -2.0F);
  CHECK(widened("F16", 0x7bff) == 65504.0F);
  CHECK(widened("F16", 0x0001) == std::ldexp(1.0F, -24));
  CHECK(widened("F16", 0x8001) == -std::ldexp(1.0F, -24));
  CHECK(widened("F16", 0x0400) == std::ldexp(1.0F, -14));
  CHECK(std::isinf(widened("F16", 0x7c00)));
  CHECK(std::isnan(widened("F16", 0x7c01)));
  CHECK(widened("BF16", 0x3f80) == 1.0F);
  CHECK(widened("BF16", 0xc0a0) == -5.0F);
  const uint16_t bits = 0x7c00;
  const auto one = std::as_bytes(std::span(&bits, 1));
  CHECK_THAT(test::refusal([&] { widen("x", make_view("x", "F16", {1}, one, "f")); }),
             Contains("f: the tensor 'x'") && Contains("not finite"));
  CHECK_THAT(test::refusal([&] { widen("x", make_view("x", "I8", {2}, one, "f")); }),
             Contains("\"x\" is I8"));
  CHECK_THAT(test::refusal([&] { widen("x", make_view("x", "F8_E4M3", {2}, one, "f")); }),
             Contains("\"x\" is F8_E4M3"));
}

namespace {

std::string small_safetensors(const test::TemporaryFolder& folder) {
  const std::vector<float> a = {1, 2, 3, 4, 5, 6}, b = {7};
  const auto bytes = [](const std::vector<float>& values) {
    return std::as_bytes(std::span(values));
  };
  write_safetensors(folder / "a.safetensors",
                    {{"a", make_view("a", "F32", {2, 3}, bytes(a), "memory")},
                     {"b", make_view("b", "F32", {}, bytes(b), "memory")}},
                    {{"step", "12"}});
  return read_file(folder / "a.safetensors");
}

std::string container(const std::string& header, size_t data) {
  const uint64_t size = header.size();
  return std::string(reinterpret_cast<const char*>(&size), 8) + header + std::string(data, '\0');
}

}  // namespace

TEST_CASE("Safetensors read back as they were written", "[formats]") {
  const test::TemporaryFolder folder;
  small_safetensors(folder);
  const auto file = read_safetensors(folder / "a.safetensors");
  CHECK(file.tensors.at("a").shape == std::vector<int64_t>{2, 3});
  CHECK(widen("a", file.tensors.at("a")) == std::vector<float>{1, 2, 3, 4, 5, 6});
  CHECK(widen("b", file.tensors.at("b")) == std::vector<float>{7});
  CHECK(file.metadata.at("step") == "12");
  CHECK(file.tensors.at("a").bytes.data() != nullptr);
}

TEST_CASE("Safetensors cut off at any byte are refused", "[formats]") {
  const test::TemporaryFolder folder;
  const auto whole = small_safetensors(folder);
  const auto path = folder / "cut.safetensors";
  for (size_t length = 0; length < whole.size(); ++length) {
    write_file(path, std::string_view(whole).substr(0, length));
    INFO(length);
    REQUIRE_THAT(test::refusal([&] { read_safetensors(path); }), Contains("cut.safetensors"));
  }
  write_file(path, whole + "x");
  CHECK_THAT(test::refusal([&] { read_safetensors(path); }), Contains("checksum"));
  auto unchecked = whole + "x";
  unchecked.replace(unchecked.find("whatwhere.crc32"), 15, "whatwhere.crc--");
  write_file(path, unchecked);
  CHECK_THAT(test::refusal([&] { read_safetensors(path); }), Contains("belong to no tensor"));
}

TEST_CASE("Safetensors that lie about themselves are refused", "[formats]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.safetensors";
  const auto refused = [&](const std::string& header, size_t data) {
    write_file(path, container(header, data));
    return test::refusal([&] { read_safetensors(path); });
  };
  const auto one = [](const char* dtype, const char* shape, const char* offsets) {
    return fmt::format(
        R"({{"a":{{"dtype":"{}","shape":{},"data_offsets":{}}}}})", dtype, shape, offsets);
  };
  CHECK_THAT(refused(one("F32", "[2]", "[0,4]"), 4), Contains("says 8"));
  CHECK_THAT(refused(one("F32", "[-1]", "[0,4]"), 4), Contains("negative"));
  CHECK_THAT(refused(one("F32", "[4294967296,4294967296,4]", "[0,4]"), 4), Contains("larger"));
  CHECK_THAT(refused(one("F32", "[1]", "[4,8]"), 8), Contains("hole"));
  CHECK_THAT(refused(one("F32", "[1]", "[4,0]"), 8), Contains("past the file"));
  CHECK_THAT(refused(one("F32", "[1]", "[0]"), 4), Contains("offsets"));
  CHECK_THAT(refused(one("F32", "\"x\"", "[0,4]"), 4), Contains("damaged header"));
  CHECK_THAT(refused(R"({"a":{},"a":{}})", 0), Contains("twice"));
  CHECK_THAT(refused("[1, 2, 3]", 0), Contains("no safetensors file"));
  CHECK_THAT(refused("{\"a\": nonsense}", 0), Contains("no JSON"));
}

TEST_CASE("Python's safetensors reads ours", "[formats][python]") {
  if (!test::python_has("safetensors, numpy")) return test::skip("no Python with safetensors");
  const test::TemporaryFolder folder;
  small_safetensors(folder);
  CHECK(test::run_python(R"(
import sys
from safetensors.numpy import load_file
tensors = load_file(sys.argv[1])
assert tensors['a'].tolist() == [[1, 2, 3], [4, 5, 6]] and tensors['b'].tolist() == 7
)",
                         {(folder / "a.safetensors").string()}));
}
