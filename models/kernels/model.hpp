// model.hpp: a whole model as the vector kernels see it, and the table of what they do. One table
// an instruction set; isa.hpp chooses.
#pragma once

#include "models/kernels/attention.hpp"
#include "models/kernels/block.hpp"

namespace ww::kernels {

struct ModelWeights {
  int64_t layers, vocabulary;  // L, V
  const float* embedding;      // [V, C]
  const BlockWeights* blocks;  // [L]
  const float *norm, *head;    // [C], [V, C]
  const float* head_forward;   // the panels of the head's W^T [C, Vp], Vp = V rounded up to 16
};

/// B strings with their questions; `strings.count` is B and `strings.bias` is unused: each layer
/// has its own.
struct ModelBatch {
  Strings strings;
  const float* const* bias;  // [L], each as Strings::bias
  const int64_t* tokens;     // [B, T], below V
  const int64_t* answers;    // [B, R], below V; not for logits
  const float* added;        // position vectors [T, C] or [B, T, C]; null: none
  int64_t added_string;      // their stride from string to string
};

/// Where strings `from` to `to` - 1 add their gradients.
struct ModelGradients {
  BlockGradients* blocks;  // [L]
  float *embedding, *norm, *head;
  float* added;  // as ModelBatch::added; null: none wanted
};

/// The numbers of one step of AdamW.
struct AdamStep {
  float clip;                       // the gradient's factor
  float first_share;                // 1 - beta1
  float second_keep, second_share;  // beta2, 1 - beta2
  float epsilon;
  float keep;    // 1 - rate decay
  float rate;    // over 1 - beta1^t
  float unbias;  // 1 / sqrt(1 - beta2^t)
};

/// One instruction set's kernels. Memory is in floats and starts on a cache line.
struct Table {
  /// Memory for pack_block's result, for one slot's gradients of a block, for what one block keeps
  /// between forward and backward, and for what either needs in between.
  int64_t (*packed_floats)(const BlockShape& shape);
  int64_t (*gradient_floats)(const BlockShape& shape);
  int64_t (*saved_floats)(const BlockShape& shape, const Strings& strings);
  int64_t (*scratch_floats)(const BlockShape& shape, const Strings& strings);

  /// `order`: see Encoding::rotation(); null: features as they are. The phases are left null.
  BlockWeights (*pack_block)(const BlockShape& shape,
                             const int32_t* order,
                             const BlockTensors<const float>& from,
                             float* memory);
  /// Sums of 0; the matrices stay as they are if the first group of strings will write them.
  BlockGradients (*begin_gradients)(const BlockShape& shape, bool written, float* memory);
  /// Adds the gradients of `count` slots, `stride` floats apart, in slot order.
  void (*add_block)(const BlockShape& shape,
                    const int32_t* order,
                    const BlockGradients& first,
                    int64_t count,
                    int64_t stride,
                    const BlockTensors<float>& to);
  /// to[i] += the sum over slots of from[slot stride + i].
  void (*add_slots)(const float* from, int64_t slots, int64_t stride, int64_t count, float* to);

  /// x [G T, C] -> y [G R, C].
  void (*block_forward)(const BlockShape& shape,
                        const Strings& strings,
                        const BlockWeights& weights,
                        const float* x,
                        float* y,
                        float* saved,
                        float* scratch);
  /// dy [G R, C] -> dx [G T, C], with the memory that block_forward filled.
  void (*block_backward)(const BlockShape& shape,
                         const Strings& strings,
                         const BlockWeights& weights,
                         const float* dy,
                         float* dx,
                         float* saved,
                         float* scratch,
                         const BlockGradients& to);

  /// The head's W^T in panels, C Vp floats.
  void (*pack_head)(const float* head, int64_t V, int64_t C, float* to);
  /// Memory for the two below when they work on `group` strings at a time.
  int64_t (*model_floats)(const BlockShape& shape,
                          const ModelWeights& weights,
                          const Strings& strings,
                          int64_t group);
  /// Cross-entropy of strings from .. to - 1, summed, nats. Adds `weight` times its gradient.
  double (*model_gradient)(const BlockShape& shape,
                           const ModelWeights& weights,
                           const ModelBatch& batch,
                           int64_t from,
                           int64_t to,
                           int64_t group,
                           float weight,
                           const ModelGradients& gradients,
                           float* memory);
  /// logits [B, R, V] of strings from .. to - 1.
  void (*model_logits)(const BlockShape& shape,
                       const ModelWeights& weights,
                       const ModelBatch& batch,
                       int64_t from,
                       int64_t to,
                       int64_t group,
                       float* logits,
                       float* memory);

  /// The same bits wherever the buffer lies.
  double (*squared_norm)(const float* x, int64_t count);
  /// Updates values and moments and sets the gradient to 0.
  void (*adamw)(const AdamStep& step,
                int64_t count,
                float* gradient,
                float* value,
                float* first,
                float* second);

  /// Memory for the two below.
  int64_t (*attention_floats)(const Attention& attention);
  /// One key head of string b with its query heads; different heads may run at the same time.
  void (*attention_forward)(const Attention& attention, int64_t b, int64_t key_head, float* memory);
  void (*attention_backward)(const Attention& attention,
                             const AttentionGradients& gradients,
                             int64_t b,
                             int64_t key_head,
                             float* memory);
};

const Table& avx2_table();
const Table& avx512_table();

}  // namespace ww::kernels
