#include "models/formats/stored_types.hpp"

#include <bit>
#include <cstring>

#include "models/formats/quantised.hpp"

namespace ww {

namespace {

/// Converts each stored element; the bytes need no alignment.
template <typename Stored, typename Convert>
void convert(const std::byte* bytes, int64_t count, float* out, Convert&& to_float) {
  for (int64_t i = 0; i < count; ++i) {
    Stored stored;
    std::memcpy(&stored, bytes + static_cast<size_t>(i) * sizeof stored, sizeof stored);
    out[i] = to_float(stored);
  }
}

void widen_f32(const std::byte* bytes, int64_t count, float* out) {
  std::memcpy(out, bytes, static_cast<size_t>(count) * sizeof(float));
}

void widen_f16(const std::byte* bytes, int64_t count, float* out) {
  convert<uint16_t>(bytes, count, out, half_to_float);
}

void widen_bf16(const std::byte* bytes, int64_t count, float* out) {
  convert<uint16_t>(
      bytes, count, out, [](uint16_t x) { return std::bit_cast<float>(uint32_t{x} << 16); });
}

void widen_f64(const std::byte* bytes, int64_t count, float* out) {
  convert<double>(bytes, count, out, [](double x) { return static_cast<float>(x); });
}

constexpr StoredType kTypes[] = {
    {"F32", 1, 4, widen_f32},
    {"F16", 1, 2, widen_f16},
    {"BF16", 1, 2, widen_bf16},
    {"F64", 1, 8, widen_f64},
    {"Q8_0", 32, 34, widen_q8_0},
    {"Q4_0", 32, 18, widen_q4_0},
    {"Q4_1", 32, 20, widen_q4_1},
    {"Q5_0", 32, 22, widen_q5_0},
    {"Q5_1", 32, 24, widen_q5_1},
    {"Q4_K", 256, 144, widen_q4_k},
    {"Q5_K", 256, 176, widen_q5_k},
    {"Q6_K", 256, 210, widen_q6_k},
    {"I64", 1, 8, nullptr},
    {"I32", 1, 4, nullptr},
    {"I16", 1, 2, nullptr},
    {"I8", 1, 1, nullptr},
    {"U8", 1, 1, nullptr},
    {"BOOL", 1, 1, nullptr},
};

}  // namespace

float half_to_float(uint16_t half) {
  const uint32_t sign = uint32_t{half} >> 15 << 31, exponent = half >> 10 & 31,
                 fraction = half & 1023;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign != 0 ? -magnitude : magnitude;
  }
  const uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

const StoredType* find_stored_type(const std::string& name) {
  for (const auto& type : kTypes) {
    if (name == type.name) return &type;
  }
  return nullptr;
}

std::string widened_types() {
  std::string names;
  for (const auto& type : kTypes) {
    if (type.widen != nullptr) names += (names.empty() ? "" : ", ") + std::string(type.name);
  }
  return names;
}

}  // namespace ww
