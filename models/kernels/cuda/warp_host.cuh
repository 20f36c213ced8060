// warp_host.cuh: the functions of warp.cuh in plain C++.
#pragma once

#include "models/kernels/cuda/host/floats.hpp"

namespace ww::kernels::cuda {
inline namespace WW_PLATFORM {

template <Element element>
inline uint32_t pack(float low, float high) {
  return host::to_element<element>(low) | static_cast<uint32_t>(host::to_element<element>(high))
                                              << 16;
}

template <Element element>
inline float2 unpack(uint32_t both) {
  return {host::from_element<element>(static_cast<uint16_t>(both)),
          host::from_element<element>(static_cast<uint16_t>(both >> 16))};
}

/// What one lane brings to a product.
struct Factors {
  uint32_t a[4], b[2];
  float c[4];
};
struct Sums {
  float c[4];
};

/// The product of a whole warp; sums run over k in order, C is added last.
template <Element element>
inline void multiply_warp(host::Exchange& warp) {
  float a[16][16], b[16][8];
  for (int lane = 0; lane < host::kWarpLanes; ++lane) {
    const auto& given = warp.from<Factors>(lane);
    const int g = lane / 4, t = lane % 4;
    for (int i = 0; i < 4; ++i) {
      const float2 x = unpack<element>(given.a[i]);
      float* const pair = &a[g + 8 * (i % 2)][2 * t + 8 * (i / 2)];
      pair[0] = x.x, pair[1] = x.y;
    }
    for (int i = 0; i < 2; ++i) {
      const float2 x = unpack<element>(given.b[i]);
      b[2 * t + 8 * i][g] = x.x, b[2 * t + 8 * i + 1][g] = x.y;
    }
  }
  for (int row = 0; row < 16; ++row) {
    float sums[8] = {};
    for (int k = 0; k < 16; ++k) {
      for (int column = 0; column < 8; ++column) sums[column] += a[row][k] * b[k][column];
    }
    for (int column = 0; column < 8; ++column) {
      const int lane = row % 8 * 4 + column / 2, i = row / 8 * 2 + column % 2;
      warp.to<Sums>(lane).c[i] = warp.from<Factors>(lane).c[i] + sums[column];
    }
  }
}

template <Element element>
inline void multiply(float (&c)[4], const uint32_t (&a)[4], uint32_t b0, uint32_t b1) {
  auto& warp = host::exchange();
  const int lane = host::self().lane();
  warp.from<Factors>(lane) = {{a[0], a[1], a[2], a[3]}, {b0, b1}, {c[0], c[1], c[2], c[3]}};
  host::collective("multiply", multiply_warp<element>);
  std::memcpy(c, warp.to<Sums>(lane).c, sizeof(c));
}

struct FourRegisters {
  uint32_t r[4];
};

/// Lane g, t of matrix m takes two numbers from the rows that lanes 8 m to 8 m + 7 point at.
template <bool across>
inline void load_warp(host::Exchange& warp) {
  for (int lane = 0; lane < host::kWarpLanes; ++lane) {
    const int g = lane / 4, t = lane % 4;
    for (int m = 0; m < 4; ++m) {
      uint32_t both = 0;
      for (int i = 0; i < 2; ++i) {
        const int row = across ? 2 * t + i : g, column = across ? g : 2 * t + i;
        const auto* const numbers = warp.from<const uint16_t*>(8 * m + row);
        both |= static_cast<uint32_t>(numbers[column]) << 16 * i;
      }
      warp.to<FourRegisters>(lane).r[m] = both;
    }
  }
}

template <bool across>
inline void load_matrices_of(uint32_t (&r)[4], const void* row) {
  if (reinterpret_cast<uintptr_t>(row) % 16 != 0) {
    host::fail("load_matrices: a row does not begin at a multiple of 16 bytes");
  }
  auto& warp = host::exchange();
  const int lane = host::self().lane();
  warp.from<const uint16_t*>(lane) = static_cast<const uint16_t*>(row);
  host::collective(across ? "load_matrices_across" : "load_matrices", load_warp<across>);
  std::memcpy(r, warp.to<FourRegisters>(lane).r, sizeof(r));
}

inline void load_matrices(uint32_t (&r)[4], const void* row) { load_matrices_of<false>(r, row); }

inline void load_matrices_across(uint32_t (&r)[4], const void* row) {
  load_matrices_of<true>(r, row);
}

inline float shuffle_xor(float x, int mask) {
  auto& warp = host::exchange();
  const int own = host::self().lane();
  warp.from<float>(own) = x;
  host::collective("shuffle_xor", [mask](host::Exchange& all) {
    for (int lane = 0; lane < host::kWarpLanes; ++lane) {
      all.to<float>(lane) = all.from<float>(lane ^ mask);
    }
  });
  return warp.to<float>(own);
}

inline void copy_async(void* to, const void* from, bool inside) {
  if ((reinterpret_cast<uintptr_t>(to) | reinterpret_cast<uintptr_t>(from)) % 16 != 0) {
    host::fail("copy_async: an address is not a multiple of 16 bytes");
  }
  host::self().copies.push_back({to, from, inside ? size_t{16} : 0});
}

inline void wait_copies() {
  for (const auto& copy : host::self().copies) {
    std::memset(copy.to, 0, 16);
    std::memcpy(copy.to, copy.from, copy.bytes);
  }
  host::self().copies.clear();
}

/// As on a GPU: what is too small for a normal number is 0.
inline float without_denormals(float x) {
  return std::fabs(x) < 0x1p-126F ? std::copysign(0.0F, x) : x;
}

inline float power_of_two(float x) { return without_denormals(std::exp2(without_denormals(x))); }

inline float log_two(float x) { return std::log2(without_denormals(x)); }

}  // namespace WW_PLATFORM
}  // namespace ww::kernels::cuda
