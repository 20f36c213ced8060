// attention.hpp: softmax attention that knows an encoding only by its interface.
#pragma once

#include <ATen/core/Tensor.h>

#include "models/encoding.hpp"
#include "models/fused/engine.hpp"
#include "models/kernels/isa.hpp"
#include "models/observer.hpp"

namespace ww {

/// Who sees whom, where kernels have words for it.
enum class Sight {
  any,          // whatever the mask says
  backward,     // no row sees a later one
  consecutive,  // each row sees those before it and itself, as far back as the window reaches
};

/// Rows that attend to each other and to nobody else.
struct Places {
  at::Tensor positions;  // [T] or [B, T], int64, CPU
  at::Tensor block;      // [T], int64, CPU: 0 the string, q + 1 the block of query q; undefined: 0
  at::Tensor visible;    // added to scores: 0 or -inf; [T, T] or [B, 1, T, T]; undefined: by slabs
  Sight sight = Sight::any;
};

/// Longer texts have no mask of their own: they make it a slab of kSlabRows query rows at a time.
constexpr int64_t kMaskedRows = 1024;
constexpr int64_t kSlabRows = 512;

/// 0 where query row i of first .. first + count - 1 sees row j, else -inf:
///
///   0 <= position_i - position_j (< window where that is not 0), block_j = 0 or block_j = block_i
///
/// [count, T], or [B, 1, count, T] for positions [B, T]; on the device and of the type of options.
at::Tensor visibility(
    const Places& places, int64_t first, int64_t count, int64_t window, at::TensorOptions options);
/// The same of the rows in `rows`, [R], int64, on the device of options; made there.
at::Tensor visibility(const Places& places,
                      const at::Tensor& rows,
                      int64_t window,
                      at::TensorOptions options);

/// What can be said of rows at positions [T] or [B, T] in blocks [T].
Sight sight_of(const at::Tensor& positions, const at::Tensor& block);

/// The numbers of a layer's attention.
struct AttentionRule {
  double scale = 1;    // sigma
  double cap = 0;      // scores become cap tanh(score / cap); 0: free
  int64_t window = 0;  // tokens seen back, itself included; 0: all
};

/// Up to 32 of so many queries and up to 48 keys, evenly from the first to the last: [S] and [K],
/// int64.
at::Tensor sampled_rows(int64_t count);
at::Tensor sampled_keys(int64_t count);

/// Where in the model an attention happens, for its hooks; null hooks: nobody looks.
struct Spot {
  const Hooks* hooks = nullptr;
  int64_t layer = 0, text = 0;
  void show(const char* site, const at::Tensor& value, int64_t first_row = 0) const;
  /// Whether somebody must see, or may change, the scores of every row.
  bool whole() const { return hooks != nullptr && (hooks->edit || !hooks->sampled); }
};

/// Queries of the rows in `rows` (undefined: all) over keys and values of every row.
/// q [B, H, R, D], k and v [B, Hk, T, D] -> [B, H, R, D], of their type; where that has fewer bits
/// than float32, float32 of the operators and their type of a GPU's kernels or of LibTorch's.
struct AttentionInput {
  at::Tensor q, k, v;
  at::Tensor rows;  // [R], int64
};
/// What stands for the operators where it can and nobody looks: kernels of the CPU, a GPU's, or
/// LibTorch's attention over turned queries and keys.
struct AttentionKernels {
  const kernels::Table* table = nullptr;
  const kernels::cuda::Launchers* launchers = nullptr;
  bool library = false;
};
at::Tensor attention(const AttentionInput& given,
                     const Encoding& encoding,
                     const Turn& turn,
                     const Places& places,
                     const AttentionRule& rule,
                     const Spot& spot,
                     const AttentionKernels& kernels = {});

}  // namespace ww
