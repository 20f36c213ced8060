// device_heads.hpp: tensors as a GPU's attention kernels take them.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/stack.h>

#include "models/kernels/cuda/attention.hpp"

namespace ww {

/// x, or a copy whose rows begin at multiples of 16 bytes.
inline at::Tensor with_device_rows(const at::Tensor& x) {
  const bool strides =
      x.stride(-1) == 1 && x.stride(0) % 8 == 0 && x.stride(1) % 8 == 0 && x.stride(2) % 8 == 0;
  const bool aligned = reinterpret_cast<uintptr_t>(x.const_data_ptr()) % 16 == 0;
  return strides && aligned ? x : x.contiguous();
}

/// x [B, H, T, D], 16 bits a number.
inline kernels::cuda::Readable bits_to_read(const at::Tensor& x) {
  return {static_cast<const uint16_t*>(x.const_data_ptr()), x.stride(0), x.stride(1), x.stride(2)};
}
inline kernels::cuda::Writable bits_to_write(const at::Tensor& x) {
  return {static_cast<uint16_t*>(x.mutable_data_ptr()), x.stride(0), x.stride(1), x.stride(2)};
}

/// What a call points into.
struct DeviceTable {
  at::Tensor angles, key_row, query_row;
};

/// cosine and sine [T, F], or [B, T, F] where strings have positions of their own. rows [R]: the
/// places that ask; undefined: all of them, or where strings share a table the last.
inline DeviceTable point_at_table(kernels::cuda::DeviceAttention& a,
                                  const at::Tensor& cosine,
                                  const at::Tensor& sine,
                                  const at::Tensor& rows) {
  DeviceTable made;
  made.angles = at::stack({cosine, sine}, -1).to(at::kFloat).contiguous();  // [.., T, F, 2]
  a.table = made.angles.const_data_ptr<float>();
  a.table_rows = made.angles.numel() / (2 * made.angles.size(-2));
  const bool shared = a.table_rows == a.Tk;
  if (shared && !rows.defined()) return made;
  const auto integers = made.angles.options().dtype(at::kLong);
  const auto places = at::arange(a.table_rows, integers).view({-1, a.Tk});
  const auto picked = rows.defined() ? places.index_select(1, rows) : places;
  made.key_row = places.to(at::kInt).contiguous();    // [1 or B, Tk]
  made.query_row = picked.to(at::kInt).contiguous();  // [1 or B, Tq]
  a.key_rows = {made.key_row.const_data_ptr<int32_t>(), shared ? 0 : a.Tk};
  a.query_rows = {made.query_row.const_data_ptr<int32_t>(), shared ? 0 : a.Tq};
  return made;
}

}  // namespace ww
