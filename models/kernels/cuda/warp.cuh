// warp.cuh: what the kernels ask of a warp of 32 lanes: ten functions, in assembly for a GPU
// (warp_device.cuh) and as plain C++ for the host (warp_host.cuh), each wrapper under the same
// name.
//
// Fragments, the parts of a matrix that one lane holds, with g = lane / 4 and t = lane % 4; a
// register of 32 bits holds two neighbours k, k + 1 (or columns), the lower one in its low half:
//
//   A [16 rows, 16 k]     register i: row g + 8 (i % 2), k = 2 t + 8 (i / 2)
//   B [16 k, 8 columns]   register i: k = 2 t + 8 i, column g
//   C [16 rows, 8]        number i:   row g + 8 (i / 2), column 2 t + i % 2
//
//   multiply<element>(c, a, b0, b1)   C += A B, products and sums in float
//   load_matrices(r, row)             lane l points at row l % 8 of 8x8 matrix l / 8, 16 bytes
//                                     aligned; register m is row g, columns 2 t, 2 t + 1 of matrix
//                                     m
//   load_matrices_across(r, row)      the same of the transposed matrices
//   shuffle_xor(x, mask)              x of lane (own ^ mask)
//   copy_async(to, from, inside)      16 bytes global to shared, zeros where not inside; there
//   after wait_copies()                     this, and for other threads after a barrier
//   power_of_two(x), log_two(x)       to about 2 units of the last place; denormals are 0
//   pack<element>(low, high)          two floats rounded to nearest even
//   unpack<element>(both)             and back
#pragma once

#include "models/kernels/cuda/element.hpp"
#include "models/kernels/cuda/platform.cuh"

#ifdef __CUDACC__
#include "models/kernels/cuda/warp_device.cuh"
#else
#include "models/kernels/cuda/warp_host.cuh"
#endif
