// test_philox.cpp: the generator is Random123's, the hashes are the published ones.

#include <cmath>
#include <map>
#include <set>

#include "base/philox.hpp"
#include "tests/catch.hpp"

using namespace ww;

using Words = std::array<uint32_t, 4>;

TEST_CASE("Philox4x32-10 gives the known answers of Random123", "[philox]") {
  const uint32_t f = 0xFFFFFFFF;
  CHECK(philox({0, 0, 0, 0}, {0, 0}) == Words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox({f, f, f, f}, {f, f}) == Words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        Words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("The hashes give their published values", "[philox]") {
  CHECK(fnv32("") == 0x811c9dc5);
  CHECK(fnv32("foobar") == 0xbf9cf968);
  CHECK(fnv64("foobar") == 0x85944171f73967e8);
  const int32_t tokens[] = {0x6f6f66, -1};
  CHECK(fnv64(tokens) == fnv64(std::string_view("foo\0\xff\xff\xff\xff", 8)));
  CHECK(splitmix64(0) == 0xe220a8397b1dcdaf);
  CHECK(splitmix64(1234567) == 6457827717110365317u);
}

TEST_CASE("A draw takes seed, index and stream to their places in key and counter", "[philox]") {
  Draw draw(0x1111111122222222, 0x3333333344444444, 0x55555555);
  for (uint32_t block = 0; block < 3; ++block) {
    const auto expected =
        philox({block, 0x44444444, 0x33333333, 0x55555555}, {0x22222222, 0x11111111});
    for (const auto word : expected) CHECK(draw.word() == word);
  }
}

TEST_CASE("Numbers below n are uniform and in range", "[philox]") {
  Draw draw(1, 2, 3);
  std::map<uint32_t, int> counts;
  for (int i = 0; i < 70'000; ++i) ++counts[draw.below(7)];
  REQUIRE(counts.size() == 7);
  for (const auto& [value, count] : counts) {
    CHECK(value < 7);
    CHECK(std::abs(count - 10'000) < 5 * std::sqrt(10'000 * 6 / 7.0));
  }
  CHECK_THROWS(draw.below(0));
}

TEST_CASE("Every ordered choice of distinct numbers is equally likely", "[philox]") {
  Draw draw(4, 5, 6);
  std::map<std::vector<int32_t>, int> counts;
  for (int i = 0; i < 24'000; ++i) ++counts[draw.distinct(4, 3)];
  REQUIRE(counts.size() == 24);
  for (const auto& [choice, count] : counts) {
    CHECK(std::set(choice.begin(), choice.end()).size() == 3);
    CHECK(std::abs(count - 1000) < 5 * std::sqrt(1000.0));
  }
  CHECK_THROWS(draw.distinct(3, 4));
}

TEST_CASE("Uniforms and normals have their moments and depend on the index alone", "[philox]") {
  constexpr int N = 100'000;
  double uniforms = 0, sum = 0, squares = 0, fourths = 0;
  for (int i = 0; i < N; ++i) {
    const double u = uniform_at(7, 8, i), z = normal_at(7, 8, i);
    REQUIRE((u >= 0 && u < 1));
    uniforms += u;
    sum += z;
    squares += z * z;
    fourths += z * z * z * z;
  }
  const double root = std::sqrt(N);
  CHECK(std::abs(uniforms / N - 0.5) < 4 * std::sqrt(1 / 12.0) / root);
  CHECK(std::abs(sum / N) < 4 / root);
  CHECK(std::abs(squares / N - 1) < 4 * std::sqrt(2.0) / root);
  CHECK(std::abs(fourths / N - 3) < 4 * std::sqrt(96.0) / root);
  CHECK(normal_at(7, 8, 99) == normal_at(7, 8, 99));
  CHECK(normal_at(7, 8, 99) != normal_at(7, 9, 99));
}
