#include "models/formats/quantised.hpp"

#include <cstring>

#include "models/formats/stored_types.hpp"

namespace ww {

namespace {

/// Takes a block apart from its first byte on.
class Bytes {
 public:
  explicit Bytes(const std::byte* at) : at_(at) {}
  float half() {
    uint16_t bits = 0;
    std::memcpy(&bits, take(2), 2);
    return half_to_float(bits);
  }
  uint32_t word() {
    uint32_t bits = 0;
    std::memcpy(&bits, take(4), 4);
    return bits;
  }
  const uint8_t* take(size_t size) {
    const auto* const here = at_;
    at_ += size;
    return reinterpret_cast<const uint8_t*>(here);
  }

 private:
  const std::byte* at_;
};

/// Element i of 32 that share 16 bytes.
int nibble(const uint8_t* q, int i) { return i < 16 ? q[i] & 15 : q[i - 16] >> 4; }

/// Calls value(block) for each block, which writes `elements` floats.
template <typename Widen>
void each_block(const std::byte* blocks,
                int64_t count,
                int64_t bytes,
                int64_t elements,
                float* out,
                Widen&& widen) {
  for (int64_t b = 0; b < count; ++b) widen(Bytes(blocks + b * bytes), out + b * elements);
}

/// A scale and a minimum of 6 bits each for 32 elements of a block of 256.
struct SixBits {
  int scale, minimum;
};
SixBits six_bits(const uint8_t* s, int j) {
  if (j < 4) return {s[j] & 63, s[j + 4] & 63};
  return {(s[j + 4] & 15) + 16 * (s[j - 4] >> 6), (s[j + 4] >> 4) + 16 * (s[j] >> 6)};
}

/// 256 elements of 4 bits, or 5 where `high` gives the fifth.
void widen_k(Bytes block, bool fifth, float* out) {
  const float d = block.half(), least = block.half();
  const uint8_t* const s = block.take(12);
  const uint8_t* const high = fifth ? block.take(32) : nullptr;
  const uint8_t* const q = block.take(128);
  for (int j = 0; j < 8; ++j) {
    const auto [scale, minimum] = six_bits(s, j);
    const float step = d * static_cast<float>(scale), offset = least * static_cast<float>(minimum);
    for (int e = 0; e < 32; ++e) {
      int n = q[32 * (j / 2) + e] >> (4 * (j % 2)) & 15;
      if (fifth) n += 16 * (high[e] >> j & 1);
      out[32 * j + e] = step * static_cast<float>(n) - offset;
    }
  }
}

}  // namespace

void widen_q8_0(const std::byte* blocks, int64_t count, float* out) {
  each_block(blocks, count, 34, 32, out, [](Bytes block, float* x) {
    const float d = block.half();
    const auto* const q = reinterpret_cast<const int8_t*>(block.take(32));
    for (int i = 0; i < 32; ++i) x[i] = d * static_cast<float>(q[i]);
  });
}

void widen_q4_0(const std::byte* blocks, int64_t count, float* out) {
  each_block(blocks, count, 18, 32, out, [](Bytes block, float* x) {
    const float d = block.half();
    const uint8_t* const q = block.take(16);
    for (int i = 0; i < 32; ++i) x[i] = d * static_cast<float>(nibble(q, i) - 8);
  });
}

void widen_q4_1(const std::byte* blocks, int64_t count, float* out) {
  each_block(blocks, count, 20, 32, out, [](Bytes block, float* x) {
    const float d = block.half(), m = block.half();
    const uint8_t* const q = block.take(16);
    for (int i = 0; i < 32; ++i) x[i] = d * static_cast<float>(nibble(q, i)) + m;
  });
}

void widen_q5_0(const std::byte* blocks, int64_t count, float* out) {
  each_block(blocks, count, 22, 32, out, [](Bytes block, float* x) {
    const float d = block.half();
    const uint32_t high = block.word();
    const uint8_t* const q = block.take(16);
    for (int i = 0; i < 32; ++i) {
      const int n = nibble(q, i) + 16 * static_cast<int>(high >> i & 1);
      x[i] = d * static_cast<float>(n - 16);
    }
  });
}

void widen_q5_1(const std::byte* blocks, int64_t count, float* out) {
  each_block(blocks, count, 24, 32, out, [](Bytes block, float* x) {
    const float d = block.half(), m = block.half();
    const uint32_t high = block.word();
    const uint8_t* const q = block.take(16);
    for (int i = 0; i < 32; ++i) {
      const int n = nibble(q, i) + 16 * static_cast<int>(high >> i & 1);
      x[i] = d * static_cast<float>(n) + m;
    }
  });
}

void widen_q4_k(const std::byte* blocks, int64_t count, float* out) {
  each_block(blocks, count, 144, 256, out, [](Bytes b, float* x) { widen_k(b, false, x); });
}

void widen_q5_k(const std::byte* blocks, int64_t count, float* out) {
  each_block(blocks, count, 176, 256, out, [](Bytes b, float* x) { widen_k(b, true, x); });
}

void widen_q6_k(const std::byte* blocks, int64_t count, float* out) {
  each_block(blocks, count, 210, 256, out, [](Bytes block, float* x) {
    const uint8_t *const low = block.take(128), *const high = block.take(64);
    const auto* const s = reinterpret_cast<const int8_t*>(block.take(16));
    const float d = block.half();
    for (int i = 0; i < 256; ++i) {
      const int b = i / 128, g = i % 128 / 32, e = i % 32;
      const int n = (low[64 * b + 32 * (g % 2) + e] >> (4 * (g / 2)) & 15) +
                    16 * (high[32 * b + e] >> (2 * g) & 3);
      x[i] = d * static_cast<float>(s[i / 16]) * static_cast<float>(n - 32);
    }
  });
}

}  // namespace ww
