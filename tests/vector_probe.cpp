// vector_probe.cpp: built with vector flags, so nothing of the standard library is in here.

#include "tests/vector_probe.hpp"

#include "models/kernels/vector/packing.hpp"
#include "models/kernels/vector/rows.hpp"

namespace ww::kernels {
namespace {

void exponentials(const float* x, float* y, int64_t count) {
  for (int64_t i = 0; i < count; i += kLanes) store(y + i, exponential(load(x + i)));
}

template <Magnitude kKind>
void magnitudes(const float* x, float* y, float* slope, int64_t count) {
  for (int64_t i = 0; i < count; i += kLanes) {
    Vector s;
    store(y + i, magnitude(kKind, load(x + i), s));
    store(slope + i, s);
  }
}

void products(int64_t rows,
              int64_t columns,
              int64_t depth,
              const float* a,
              bool turned,
              const float* b,
              float* c,
              bool add) {
  const Factor left = turned ? columns_of(a, rows) : rows_of(a, depth);
  product(rows, columns, depth, left, plain(b, columns), plain(c, columns), add);
}

void packed_products(int64_t rows,
                     int64_t columns,
                     int64_t depth,
                     const float* a,
                     const float* w,
                     float* memory,
                     float* c) {
  Cutter cutter{memory, 0};
  const Packed b = pack(w, columns, depth, {nullptr, 1, 0}, cutter);
  product(rows,
          columns,
          depth,
          rows_of(a, depth),
          packed(b.forward, depth, columns),
          plain(c, columns));
}

void transposes(const float* from, int64_t rows, int64_t columns, float* to, int64_t padded) {
  transpose(from, columns, rows, columns, to, padded, padded);
}

constexpr test::VectorProbe kProbe = {exponentials,
                                      magnitudes<Magnitude::softplus>,
                                      magnitudes<Magnitude::relu>,
                                      gelu_row,
                                      softmax_row,
                                      products,
                                      packed_products,
                                      transposes};

}  // namespace

const test::VectorProbe& WW_TABLE() { return kProbe; }

}  // namespace ww::kernels
