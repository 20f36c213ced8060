// block.hpp: one block of the decoder as tensors, and what it does to the residual stream.
//
//   before   x = x + out(attention(norm(x)));        x = x + mlp(norm(x))
//   after    x = x + norm(out(attention(x)));        x = x + norm(mlp(x))            (OLMo 2)
//   around   x = x + norm(out(attention(norm(x))));  x = x + norm(mlp(norm(x)))      (Gemma 2, 3)
//   parallel x = x + out(attention(norm(x))) + mlp(norm'(x)); norm' may be norm      (GPT-J, NeoX)
#pragma once

#include <memory>

#include "models/attention.hpp"
#include "models/config.hpp"

namespace ww {

/// A linear map; the bias is undefined where there is none. It computes, and answers, in the
/// weight's type.
struct Affine {
  at::Tensor weight, bias;
  at::Tensor operator()(const at::Tensor& x) const;
};

/// Weight and bias of a norm; undefined where there are none. `there` is false for a norm that the
/// configuration does not have: it passes x on.
struct Norm {
  at::Tensor weight, bias;
  bool there = false;
};

struct Block {
  Norm attn_norm, attn_post_norm, mlp_norm, mlp_post_norm, q_norm, k_norm;
  Affine qkv, out, mlp_in, mlp_out;
  Encoding* encoding = nullptr;
};

/// RMS or layer norm over the last dimensions that the norm's weight (or the width) covers.
at::Tensor normalise(const at::Tensor& x, const Norm& norm, const ModelConfig& config);

/// What the rows of one pass share, for one set of rows that see each other: T of them from row
/// `first` on, all of the batch or one of several texts packed side by side.
struct TextRows {
  int64_t first = 0, count = 0;
  Places places;  // `visible` stays undefined: it depends on the layer's window
  std::vector<std::pair<int64_t, at::Tensor>> visible;  // window -> mask, for short texts
  std::vector<Turn> turns;                              // of each of the model's tables, or one
};

/// One pass over a batch.
struct Pass {
  std::vector<TextRows> texts;
  at::Tensor graded;  // [Q] rows that the last block computes alone; undefined: all
  const Hooks* hooks = nullptr;
  AttentionKernels kernels = {};
};

/// x [B, T, C] after block `layer`; [B, Q, C] where only `rows` [Q] are wanted. Of x's type: where
/// the block's matrices have fewer bits, products alone have fewer.
at::Tensor run_block(const Block& block,
                     const ModelConfig& config,
                     int64_t layer,
                     const at::Tensor& x,
                     const at::Tensor& rows,
                     const Pass& pass);

}  // namespace ww
