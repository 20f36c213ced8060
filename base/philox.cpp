#include "base/philox.hpp"

#include <cmath>
#include <numbers>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace ww {

namespace {

constexpr uint32_t low(uint64_t x) { return static_cast<uint32_t>(x); }
constexpr uint32_t high(uint64_t x) { return static_cast<uint32_t>(x >> 32); }

}  // namespace

std::array<uint32_t, 4> philox(std::array<uint32_t, 4> c, std::array<uint32_t, 2> k) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t m0 = uint64_t{0xD2511F53} * c[0];
    const uint64_t m1 = uint64_t{0xCD9E8D57} * c[2];
    c = {high(m1) ^ c[1] ^ k[0], low(m1), high(m0) ^ c[3] ^ k[1], low(m0)};
    k[0] += 0x9E3779B9;
    k[1] += 0xBB67AE85;
  }
  return c;
}

uint32_t fnv32(std::string_view text) {
  uint32_t hash = 0x811C9DC5;
  for (const unsigned char byte : text) hash = (hash ^ byte) * 0x01000193;
  return hash;
}

static constexpr uint64_t kFnvStart = 0xCBF29CE484222325;
static constexpr uint64_t kFnvPrime = 0x00000100000001B3;

uint64_t fnv64(std::string_view text) {
  uint64_t hash = kFnvStart;
  for (const unsigned char byte : text) hash = (hash ^ byte) * kFnvPrime;
  return hash;
}

uint64_t fnv64(std::span<const int32_t> tokens) {
  uint64_t hash = kFnvStart;
  for (const int32_t token : tokens) {
    for (int shift = 0; shift < 32; shift += 8) {
      hash = (hash ^ ((static_cast<uint32_t>(token) >> shift) & 0xFF)) * kFnvPrime;
    }
  }
  return hash;
}

uint64_t splitmix64(uint64_t state) {
  state += 0x9E3779B97F4A7C15;
  state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
  state = (state ^ (state >> 27)) * 0x94D049BB133111EB;
  return state ^ (state >> 31);
}

Draw::Draw(uint64_t seed, uint64_t index, uint32_t stream)
    : key_{low(seed), high(seed)}, counter_{0, low(index), high(index), stream} {}

uint32_t Draw::word() {
  if (used_ == 4) {
    words_ = philox(counter_, key_);
    ++counter_[0];
    used_ = 0;
  }
  return words_[used_++];
}

uint32_t Draw::below(uint32_t n) {
  if (n == 0) throw std::logic_error("[draw] there is no number below 0");
  const uint32_t biased = (0u - n) % n;  // 2^32 mod n
  uint64_t product = uint64_t{word()} * n;
  while (low(product) < biased) product = uint64_t{word()} * n;
  return high(product);
}

std::vector<int32_t> Draw::distinct(int count, int n) {
  if (n < 0 || n > count) throw std::logic_error("[draw] more distinct numbers than there are");
  std::vector<int32_t> numbers(count);
  std::iota(numbers.begin(), numbers.end(), 0);
  for (int i = 0; i < n; ++i) std::swap(numbers[i], numbers[i + below(count - i)]);
  numbers.resize(n);
  return numbers;
}

double Draw::uniform() {
  const uint64_t first = word();
  const uint64_t bits = (first << 32) | word();
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

double uniform_at(uint64_t seed, uint32_t stream, uint64_t index) {
  return Draw(seed, index, stream).uniform();
}

double normal_at(uint64_t seed, uint32_t stream, uint64_t index) {
  Draw draw(seed, index, stream);
  const double radius = std::sqrt(-2 * std::log1p(-draw.uniform()));  // 1 - u is never 0
  return radius * std::cos(2 * std::numbers::pi * draw.uniform());
}

}  // namespace ww
