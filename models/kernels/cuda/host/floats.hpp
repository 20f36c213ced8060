// floats.hpp: bfloat16 and float16 in integers, rounded to nearest even.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "models/kernels/cuda/element.hpp"

namespace ww::kernels::cuda::host {

inline uint16_t to_bfloat16(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  if ((bits & 0x7FFFFFFFU) > 0x7F800000U) return 0x7FFF;
  return static_cast<uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16);
}

inline float from_bfloat16(uint16_t x) {
  return std::bit_cast<float>(static_cast<uint32_t>(x) << 16);
}

inline uint16_t to_float16(float x) {
  const auto bits = std::bit_cast<uint32_t>(x);
  const auto sign = static_cast<uint16_t>(bits >> 16 & 0x8000U);
  const uint32_t size = bits & 0x7FFFFFFFU;
  if (size > 0x7F800000U) return 0x7FFF;
  if (size >= 0x477FF000U) return sign | 0x7C00;  // 65520 and more round to infinity
  if (size < 0x38800000U) {                       // below 2^-14: steps of 2^-24, by adding 2^-1
    const float shifted = std::bit_cast<float>(size) + 0.5F;
    return sign | static_cast<uint16_t>(std::bit_cast<uint32_t>(shifted) - 0x3F000000U);
  }
  const uint32_t rounded = size + 0xFFFU + ((size >> 13) & 1U);
  return sign | static_cast<uint16_t>((rounded >> 13) - (112U << 10));
}

inline float from_float16(uint16_t x) {
  const uint32_t sign = static_cast<uint32_t>(x & 0x8000U) << 16, rest = x & 0x7FFFU;
  if (rest >= 0x7C00U) return std::bit_cast<float>(sign | 0x7F800000U | (rest & 0x3FFU) << 13);
  const float scaled = std::bit_cast<float>(rest << 13) * 0x1p112F;  // exponents differ by 112
  return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(scaled));
}

template <Element element>
uint16_t to_element(float x) {
  return element == Element::bfloat16 ? to_bfloat16(x) : to_float16(x);
}

template <Element element>
float from_element(uint16_t x) {
  return element == Element::bfloat16 ? from_bfloat16(x) : from_float16(x);
}

inline uint16_t to_element(Element element, float x) {
  return element == Element::bfloat16 ? to_bfloat16(x) : to_float16(x);
}

inline float from_element(Element element, uint16_t x) {
  return element == Element::bfloat16 ? from_bfloat16(x) : from_float16(x);
}

}  // namespace ww::kernels::cuda::host
