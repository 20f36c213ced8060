#include "probes/moments.hpp"

#include <ATen/TensorAccessor.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/complex.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/polar.h>
#include <ATen/ops/zeros.h>

namespace ww {

namespace {

/// Calls visit(g, i, place) for each row of the upper triangles of [G, N, N], which lie behind each
/// other: that of (g, i, j), j >= i, is place + j - i.
template <typename Visit>
void each_row(int64_t G, int64_t N, const Visit& visit) {
  int64_t place = 0;
  for (int64_t g = 0; g < G; ++g) {
    for (int64_t i = 0; i < N; place += N - i, ++i) visit(g, i, place);
  }
}

/// Symmetric [G, N, N] from value(place) of its upper triangles; sizes: [G, N].
template <typename Value>
at::Tensor unpacked(at::IntArrayRef sizes, const Value& value) {
  const auto G = sizes[0], N = sizes[1];
  auto square = at::empty({G, N, N}, at::kDouble);
  auto* const data = square.mutable_data_ptr<double>();
  each_row(G, N, [&](int64_t g, int64_t i, int64_t place) {
    auto* const head = data + g * N * N;
    for (int64_t j = i; j < N; ++j) head[i * N + j] = head[j * N + i] = value(place + j - i);
  });
  return square;
}

/// s and j from second moments [G, N, N] of (Re z, Im z, ..), F of each.
void set_products(ChunkMoments& found, const at::Tensor& second, int64_t F) {
  const auto G = second.size(0);
  found.s = at::empty({G, F, F}, at::kComplexDouble);
  found.j = at::empty_like(found.s);
  const auto of = second.accessor<double, 3>();
  auto* s = found.s.mutable_data_ptr<c10::complex<double>>();
  auto* j = found.j.mutable_data_ptr<c10::complex<double>>();
  for (int64_t g = 0; g < G; ++g) {
    for (int64_t c = 0; c < F; ++c) {
      for (int64_t d = 0; d < F; ++d) {
        const double xx = of[g][c][d], yy = of[g][F + c][F + d];
        const double xy = of[g][c][F + d], yx = of[g][F + c][d];
        *s++ = {xx + yy, xy - yx};
        *j++ = {xx - yy, xy + yx};
      }
    }
  }
}

}  // namespace

void BlockedMoments::Packed::add(double more, const at::Tensor& sum, at::ScalarType type) {
  weight += more;
  first = first.defined() ? first + sum : sum;
  const auto G = sum.size(0), N = sum.size(1);
  if (!triangle.defined()) triangle = at::zeros({G, N * (N + 1) / 2}, type);
}

void BlockedMoments::add(int64_t text, const at::Tensor& features, double weight_of_each) {
  const auto index = static_cast<size_t>(text % kBlocks);
  if (blocks_.size() <= index) blocks_.resize(index + 1);
  auto& block = blocks_[index];
  const auto weight = weight_of_each * static_cast<double>(features.size(1));
  const auto wide = features.to(at::kDouble);
  if (!centre_.defined()) centre_ = wide.mean(1);
  const auto centred = wide - centre_.unsqueeze(1);
  const auto sum = centred.sum(1) * weight_of_each;
  total_.add(weight, sum, at::kDouble);
  block.add(weight, sum, at::kFloat);
  const auto narrow = centred.to(features.scalar_type());
  const auto square = at::bmm(narrow.mT(), narrow).to(at::kDouble);
  const auto G = square.size(0), N = square.size(1);
  const auto* const terms = square.const_data_ptr<double>();
  auto* const all = total_.triangle.mutable_data_ptr<double>();
  auto* const own = block.triangle.mutable_data_ptr<float>();
  each_row(G, N, [=](int64_t g, int64_t i, int64_t place) {
    const auto* const row = terms + (g * N + i) * N;
    for (int64_t j = i; j < N; ++j, ++place) {
      const double term = row[j] * weight_of_each;
      all[place] += term;
      own[place] += static_cast<float>(term);
    }
  });
}

Moments BlockedMoments::moved_back(Moments centred) const {
  const auto across = at::bmm(centre_.unsqueeze(2), centred.first.unsqueeze(1));  // [G, N, N]
  const auto square = at::bmm(centre_.unsqueeze(2), centre_.unsqueeze(1)) * centred.weight;
  return {centred.weight,
          centred.first + centre_ * centred.weight,
          centred.second + across + across.mT() + square};
}

Moments BlockedMoments::total() const {
  const auto* const packed = total_.triangle.const_data_ptr<double>();
  const auto value = [&](int64_t place) { return packed[place]; };
  return moved_back({total_.weight, total_.first, unpacked(total_.first.sizes(), value)});
}

Moments BlockedMoments::without(int64_t block) const {
  const auto& left = blocks_[static_cast<size_t>(block)];
  const auto* const all = total_.triangle.const_data_ptr<double>();
  const auto* const own = left.triangle.const_data_ptr<float>();
  const auto value = [&](int64_t place) { return all[place] - own[place]; };
  return moved_back({total_.weight - left.weight,
                     total_.first - left.first,
                     unpacked(total_.first.sizes(), value)});
}

at::Tensor features_of(const Encoding& encoding, const at::Tensor& x, int64_t first) {
  const auto rows = x.narrow(1, first, x.size(1) - first).to(at::kCPU);
  const auto z = encoding.query_chunks(rows);  // of keys too: without the phases they are given
  std::vector<at::Tensor> parts = {z.real};
  if (!encoding.polar()) parts.push_back(z.imaginary);
  if (z.tail.defined()) parts.push_back(z.tail);
  return at::cat(parts, -1);
}

ChunkMoments chunk_moments(const Moments& moments, const Encoding& encoding, bool keys) {
  const auto F = encoding.theta().numel(), turning = encoding.polar() ? F : 2 * F;
  const auto R = moments.first.size(1) - turning;
  const auto mean = moments.first / moments.weight, second = moments.second / moments.weight;
  const auto part = [&](int64_t row, int64_t rows, int64_t column, int64_t columns) {
    return second.narrow(1, row, rows).narrow(2, column, columns);
  };
  ChunkMoments found;
  found.tail_mean = mean.narrow(1, turning, R);
  found.tail_second = part(turning, R, turning, R);
  if (encoding.polar()) {
    const auto m = mean.narrow(1, 0, F), both = part(0, F, 0, F), cross = part(turning, R, 0, F);
    const auto delta = keys ? encoding.key_phase() : at::Tensor();
    const auto phase = delta.defined() ? delta.detach().to(at::kDouble).to(at::kCPU)
                                       : at::zeros({m.size(0), F}, at::kDouble);
    const auto spin = at::polar(at::ones_like(phase), phase);  // [G, F]
    found.mean = m * spin;
    found.s = both * spin.conj().unsqueeze(2) * spin.unsqueeze(1);
    found.j = both * spin.unsqueeze(2) * spin.unsqueeze(1);
    found.cross = cross * spin.unsqueeze(1);
    found.turns = false;
    return found;
  }
  found.mean = at::complex(mean.narrow(1, 0, F).contiguous(), mean.narrow(1, F, F).contiguous());
  set_products(found, second, F);
  found.cross =
      at::complex(part(turning, R, 0, F).contiguous(), part(turning, R, F, F).contiguous());
  return found;
}

}  // namespace ww
