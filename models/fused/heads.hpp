// heads.hpp: tensors of heads as the attention kernels read them, and the kernels' work dealt to
// threads.
#pragma once

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <vector>

#include "models/kernels/model.hpp"
#include "models/pair_order.hpp"

namespace ww {

/// x [B, H, T, D], whose features lie side by side.
inline kernels::HeadTensor<const float> heads_to_read(const at::Tensor& x) {
  return {x.const_data_ptr<float>(), x.stride(0), x.stride(1), x.stride(2)};
}
inline kernels::HeadTensor<float> heads_to_write(const at::Tensor& x) {
  return {x.mutable_data_ptr<float>(), x.stride(0), x.stride(1), x.stride(2)};
}

/// x, or a copy whose features lie side by side.
inline at::Tensor with_readable_rows(const at::Tensor& x) {
  return x.stride(-1) == 1 ? x : x.contiguous();
}

/// [B, H, T, D] whose heads lie side by side at a place, as the next product reads them.
inline at::Tensor empty_heads(const at::Tensor& like) {
  const auto s = like.sym_sizes();  // torch.compile may leave some open
  return at::empty_symint({s[0], s[2], s[1], s[3]}, like.options()).transpose(1, 2);
}

/// Sizes and numbers of q [B, H, R, D], k and v [B, Hk, T, D].
inline void point_at_heads(kernels::Attention& a,
                           const at::Tensor& q,
                           const at::Tensor& k,
                           const at::Tensor& v) {
  a.B = q.size(0);
  a.H = q.size(1);
  a.Hk = k.size(1);
  a.R = q.size(2);
  a.T = k.size(2);
  a.D = q.size(3);
  a.query = heads_to_read(q);
  a.key = heads_to_read(k);
  a.value = heads_to_read(v);
}

/// Which features are pairs, see Encoding::rotation(). An order that the kernels know by name is
/// not read: vectors turn such pairs where they lie.
inline void point_at_order(kernels::Attention& args, const std::vector<int32_t>& order) {
  const auto layout = pair_layout(order, args.D, args.D / 2);
  args.neighbours = layout == kernels::cuda::PairLayout::adjacent;
  args.order = layout || order.empty() ? nullptr : order.data();
}

/// A bias of scores [.., T, T], whose last dimension is contiguous, as both kinds of kernels read
/// it.
template <typename Arguments>
void point_at_scores(Arguments& args, const at::Tensor& bias) {
  const auto dims = bias.dim();
  args.bias = bias.const_data_ptr<float>();
  args.bias_string = dims == 4 && bias.size(0) > 1 ? bias.stride(0) : 0;
  args.bias_head = dims >= 3 && bias.size(-3) > 1 ? bias.stride(-3) : 0;
  args.bias_row = bias.stride(-2);
}

/// Calls work(b, key head, memory) for each key head of each string, on all threads.
template <typename Work>
void each_head(const kernels::Table& table, const kernels::Attention& args, const Work& work) {
  const int64_t stride = table.attention_floats(args);
  const int64_t threads = std::min<int64_t>(at::get_num_threads(), args.B * args.Hk);
  const at::Tensor scratch = at::empty({threads * stride}, at::kFloat);
  auto* const memory = scratch.mutable_data_ptr<float>();
  at::parallel_for(0, args.B * args.Hk, 1, [&](int64_t from, int64_t to) {
    for (auto i = from; i < to; ++i) {
      work(i / args.Hk, i % args.Hk, memory + at::get_thread_num() * stride);
    }
  });
}

}  // namespace ww
