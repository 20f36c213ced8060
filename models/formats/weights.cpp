#include "models/formats/weights.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/check.hpp"

namespace ww {

namespace {

struct Type {
  const char* name;
  Dtype dtype;
  uint64_t width;  // bytes
};

constexpr Type kTypes[] = {{"F32", Dtype::f32, 4},
                           {"F16", Dtype::f16, 2},
                           {"BF16", Dtype::bf16, 2},
                           {"F64", Dtype::f64, 8},
                           {"I64", Dtype::i64, 8},
                           {"I32", Dtype::i32, 4}};

float from_half(uint16_t half) {
  const uint32_t sign = uint32_t{half} >> 15 << 31, exponent = half >> 10 & 31,
                 fraction = half & 1023;
  if (exponent == 0) {
    const float magnitude = static_cast<float>(fraction) * 0x1p-24f;
    return sign != 0 ? -magnitude : magnitude;
  }
  const uint32_t wide = exponent == 31 ? 255 : exponent + 112;
  return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
}

/// Converts each stored element; the bytes need no alignment.
template <typename Stored, typename Convert>
std::vector<float> convert(std::span<const std::byte> bytes, Convert&& to_float) {
  std::vector<float> values(bytes.size() / sizeof(Stored));
  for (size_t i = 0; i < values.size(); ++i) {
    Stored stored;
    std::memcpy(&stored, bytes.data() + i * sizeof(Stored), sizeof(Stored));
    values[i] = to_float(stored);
  }
  return values;
}

}  // namespace

const char* dtype_name(Dtype dtype) {
  for (const auto& type : kTypes) {
    if (type.dtype == dtype) return type.name;
  }
  return "another type";
}

Dtype dtype_of(const std::string& name) {
  for (const auto& type : kTypes) {
    if (name == type.name) return type.dtype;
  }
  return Dtype::other;
}

uint64_t type_width(const std::string& name) {
  for (const auto& type : kTypes) {
    if (name == type.name) return type.width;
  }
  return 0;
}

std::vector<float> widen(const std::string& name, const TensorView& view) {
  switch (view.dtype) {
    case Dtype::f32:
      return convert<float>(view.bytes, [](float x) { return x; });
    case Dtype::f64:
      return convert<double>(view.bytes, [](double x) { return static_cast<float>(x); });
    case Dtype::f16:
      return convert<uint16_t>(view.bytes, from_half);
    case Dtype::bf16:
      return convert<uint16_t>(view.bytes,
                               [](uint16_t x) { return std::bit_cast<float>(uint32_t{x} << 16); });
    default:
      refuse("\"{}\" is {}; use a file of F32, F16, BF16 or F64", name, view.type_name);
  }
}

std::vector<float> finite_values(const std::string& where,
                                 const std::string& name,
                                 const TensorView& view) {
  auto values = widen(name, view);
  const bool finite = std::ranges::all_of(values, [](float x) { return std::isfinite(x); });
  check(finite, "{}: the tensor '{}' holds a value that is not finite; it is damaged", where, name);
  return values;
}

}  // namespace ww
