// test_quantised.cpp: quantised blocks of GGUF files stand for the reference's values.

#include "models/formats/weights.hpp"
#include "tests/catch.hpp"

using namespace ww;

TEST_CASE("Quantised blocks stand for the reference's values", "[gguf]") {
  const auto recipes =
      nlohmann::json::parse(read_file(test::source_root() / "tests/golden/gguf_files.json"));
  for (const auto& [name, golden] : recipes["quantised"].items()) {
    const auto digits = golden["bytes"].get<std::string>();
    std::vector<std::byte> bytes;
    for (size_t i = 0; i < digits.size(); i += 2) {
      bytes.push_back(static_cast<std::byte>(std::stoi(digits.substr(i, 2), nullptr, 16)));
    }
    const auto expected = golden["values"].get<std::vector<float>>();
    const auto view =
        make_view("x", name, {1, static_cast<int64_t>(expected.size())}, bytes, "memory");
    INFO(name);
    const auto found = widen("x", view);
    REQUIRE(found.size() == expected.size());
    for (size_t i = 0; i < found.size(); ++i) {
      REQUIRE(found[i] == Approx(expected[i]).epsilon(1e-6).margin(1e-7));
    }
  }
}
