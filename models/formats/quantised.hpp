// quantised.hpp: ggml's blocks of small integers with scales, as GGUF files hold them. Each block
// becomes as many floats as it has elements; d, m and dmin are half-precision numbers.
//
//   Q8_0   d, int8 q[32]                          d q_i
//   Q4_0   d, q[16]             n = 4 bits of q    d (n - 8)
//   Q4_1   d, m, q[16]                            d n + m
//   Q5_0   d, u32 h, q[16]      n + 16 (bit i of h)   d (n - 16)
//   Q5_1   d, m, u32 h, q[16]                     d n + m
//   Q4_K   d, dmin, s[12], q[128]                 d sc_j n - dmin m_j          j = i / 32
//   Q5_K   d, dmin, s[12], h[32], q[128]          the same with a fifth bit from h
//   Q6_K   l[128], h[64], int8 s[16], d           d s_{i/16} (n - 32)          n of 6 bits
//
// In blocks of 32, element i < 16 is the low half of byte i, element i + 16 its high half.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ww {

void widen_q8_0(const std::byte* blocks, int64_t count, float* out);
void widen_q4_0(const std::byte* blocks, int64_t count, float* out);
void widen_q4_1(const std::byte* blocks, int64_t count, float* out);
void widen_q5_0(const std::byte* blocks, int64_t count, float* out);
void widen_q5_1(const std::byte* blocks, int64_t count, float* out);
void widen_q4_k(const std::byte* blocks, int64_t count, float* out);
void widen_q5_k(const std::byte* blocks, int64_t count, float* out);
void widen_q6_k(const std::byte* blocks, int64_t count, float* out);

}  // namespace ww
