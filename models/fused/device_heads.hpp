// device_heads.hpp: tensors as a GPU's attention kernels take them.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/stack.h>

#include "models/fused/heads.hpp"
#include "models/kernels/cuda/attention.hpp"

namespace ww {

/// x, or a copy whose rows begin at multiples of 16 bytes. contiguous() would not do: it takes a
/// tensor as it is wherever it begins, and whatever the strides of dimensions of size 1.
inline at::Tensor with_device_rows(const at::Tensor& x) {
  const bool strides =
      x.stride(-1) == 1 && x.stride(0) % 8 == 0 && x.stride(1) % 8 == 0 && x.stride(2) % 8 == 0;
  const bool aligned = reinterpret_cast<uintptr_t>(x.const_data_ptr()) % 16 == 0;
  return strides && aligned ? x : x.clone(at::MemoryFormat::Contiguous);
}

/// x [B, H, T, D], 16 bits a number.
inline kernels::cuda::Readable bits_to_read(const at::Tensor& x) {
  return {static_cast<const uint16_t*>(x.const_data_ptr()), x.stride(0), x.stride(1), x.stride(2)};
}
inline kernels::cuda::Writable bits_to_write(const at::Tensor& x) {
  return {static_cast<uint16_t*>(x.mutable_data_ptr()), x.stride(0), x.stride(1), x.stride(2)};
}

/// Sizes and bits of q [B, H, Tq, D], k and v [B, Hk, Tk, D].
inline void point_at_heads(kernels::cuda::DeviceAttention& a,
                           const at::Tensor& q,
                           const at::Tensor& k,
                           const at::Tensor& v) {
  using kernels::Element;
  a.B = q.size(0);
  a.H = q.size(1);
  a.Hk = k.size(1);
  a.Tq = q.size(2);
  a.Tk = k.size(2);
  a.D = q.size(3);
  a.element = q.scalar_type() == at::kHalf ? Element::float16 : Element::bfloat16;
  a.query = bits_to_read(q);
  a.key = bits_to_read(k);
  a.value = bits_to_read(v);
}

/// What a call points into.
struct DeviceTable {
  at::Tensor angles, key_row, query_row;
};

/// cosine and sine [T, F], or [B, T, F] where strings have positions of their own. rows [Tq]: the
/// places that ask; undefined: the last.
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
  const auto picked = rows.defined() ? places.index_select(1, rows) : places.slice(1, a.Tk - a.Tq);
  made.key_row = places.to(at::kInt).contiguous();    // [1 or B, Tk]
  made.query_row = picked.to(at::kInt).contiguous();  // [1 or B, Tq]
  a.key_rows = {made.key_row.const_data_ptr<int32_t>(), shared ? 0 : a.Tk};
  a.query_rows = {made.query_row.const_data_ptr<int32_t>(), shared ? 0 : a.Tq};
  return made;
}

/// Gradients of a call, for its kernel to write: heads as q, k and v, phase [Hk, D] or undefined.
struct DeviceBack {
  at::Tensor query, key, value, phase, parts;
  kernels::cuda::DeviceAttentionGradients to;

  DeviceBack(const kernels::cuda::DeviceAttention& a,
             const at::Tensor& d_output,
             const at::Tensor& q,
             const at::Tensor& k,
             const at::Tensor& v,
             const at::Tensor& delta)
      : query(empty_heads(q)),
        key(empty_heads(k)),
        value(empty_heads(v)),
        to{bits_to_read(d_output), bits_to_write(query), bits_to_write(key), bits_to_write(value)} {
    if (!delta.defined()) return;
    phase = at::empty_like(delta);
    parts = at::empty({delta_part_floats(a)}, delta.options());
    to.d_delta = phase.mutable_data_ptr<float>();
    to.d_delta_parts = parts.mutable_data_ptr<float>();
  }
};

}  // namespace ww
