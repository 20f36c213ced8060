// unit.cpp: the vector kernels of one instruction set. Built twice, with the flags of AVX2 and of
// AVX-512 (see CMakeLists.txt); WW_TABLE is the name of the table that it exports.

#include "models/kernels/vector/attention.hpp"
#include "models/kernels/vector/model.hpp"
#include "models/kernels/vector/packing.hpp"
#include "models/kernels/vector/update.hpp"

namespace ww::kernels {
namespace {

int64_t packed_floats(const BlockShape& shape) {
  Cutter counter{nullptr, 0};
  pack_block(shape, nullptr, {}, counter);
  return counter.used;
}

int64_t gradient_floats(const BlockShape& shape) {
  Cutter counter{nullptr, 0};
  cut_gradients(shape, counter);
  return counter.used;
}

int64_t saved_floats(const BlockShape& shape, const Strings& strings) {
  Cutter counter{nullptr, 0};
  cut_saved(sizes_of(shape, strings), counter);
  return counter.used;
}

int64_t scratch_floats(const BlockShape& shape, const Strings& strings) {
  Cutter counter{nullptr, 0};
  cut_scratch(sizes_of(shape, strings), counter);
  return counter.used;
}

int64_t model_floats(const BlockShape& shape,
                     const ModelWeights& w,
                     const Strings& strings,
                     int64_t group) {
  Cutter counter{nullptr, 0};
  cut_group(shape, w, strings, group, counter);
  return counter.used;
}

BlockWeights pack_block_in(const BlockShape& shape,
                           const int32_t* order,
                           const BlockTensors<const float>& from,
                           float* memory) {
  Cutter cutter{memory, 0};
  return pack_block(shape, order, from, cutter);
}

BlockGradients begin_gradients(const BlockShape& shape, bool written, float* memory) {
  Cutter cutter{memory, 0};
  const BlockGradients gradients = cut_gradients(shape, cutter);
  clear(memory, written ? gradients.query - memory : cutter.used);
  return gradients;
}

void add_slots_of(const float* from, int64_t slots, int64_t stride, int64_t count, float* to) {
  add_slots({from, slots, stride}, count, to);
}

void block_forward(const BlockShape& shape,
                   const Strings& strings,
                   const BlockWeights& weights,
                   const float* x,
                   float* y,
                   float* saved,
                   float* scratch) {
  const Sizes z = sizes_of(shape, strings);
  Cutter cutter{saved, 0}, scratch_cutter{scratch, 0};
  const Saved s = cut_saved(z, cutter);
  copy(x, s.x, z.all_rows * z.C);
  forward(shape, z, strings, weights, s, cut_scratch(z, scratch_cutter), y);
}

void block_backward(const BlockShape& shape,
                    const Strings& strings,
                    const BlockWeights& weights,
                    const float* dy,
                    float* dx,
                    float* saved,
                    float* scratch,
                    const BlockGradients& to) {
  const Sizes z = sizes_of(shape, strings);
  Cutter cutter{saved, 0}, scratch_cutter{scratch, 0};
  backward(
      shape, z, strings, weights, cut_saved(z, cutter), cut_scratch(z, scratch_cutter), dy, dx, to);
}

int64_t attention_floats(const Attention& attention) {
  Cutter counter{nullptr, 0};
  cut_attention(attention, counter);
  return counter.used;
}

constexpr Table kTable = {packed_floats,
                          gradient_floats,
                          saved_floats,
                          scratch_floats,
                          pack_block_in,
                          begin_gradients,
                          add_block,
                          add_slots_of,
                          block_forward,
                          block_backward,
                          pack_head,
                          model_floats,
                          model_gradient,
                          model_logits,
                          squared_norm,
                          adamw,
                          attention_floats,
                          attend_head,
                          attend_head_back};

}  // namespace

const Table& WW_TABLE() { return kTable; }

}  // namespace ww::kernels
