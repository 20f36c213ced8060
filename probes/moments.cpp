#include "probes/moments.hpp"

#include <ATen/TensorAccessor.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/complex.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/polar.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

namespace ww {

namespace {

/// Calls visit(g, i, j, place) for the upper triangles of [G, N, N], row by row; place counts them.
template <typename Visit>
void each_of_triangles(int64_t G, int64_t N, const Visit& visit) {
  int64_t place = 0;
  for (int64_t g = 0; g < G; ++g) {
    for (int64_t i = 0; i < N; ++i) {
      for (int64_t j = i; j < N; ++j) visit(g, i, j, place++);
    }
  }
}

/// Adds upper triangles of [G, N, N] to [G, N (N + 1) / 2], undefined at first.
void add_packed(at::Tensor& triangle, const at::Tensor& symmetric) {
  const auto G = symmetric.size(0), N = symmetric.size(1);
  if (!triangle.defined()) triangle = at::zeros({G, N * (N + 1) / 2}, at::kFloat);
  auto* const sum = triangle.mutable_data_ptr<float>();
  const auto from = symmetric.accessor<double, 3>();
  each_of_triangles(G, N, [&](int64_t g, int64_t i, int64_t j, int64_t place) {
    sum[place] += static_cast<float>(from[g][i][j]);
  });
}

at::Tensor unpacked(const at::Tensor& triangle, int64_t N) {
  const auto G = triangle.size(0);
  auto square = at::empty({G, N, N}, at::kDouble);
  auto to = square.accessor<double, 3>();
  const auto* const packed = triangle.const_data_ptr<float>();
  each_of_triangles(G, N, [&](int64_t g, int64_t i, int64_t j, int64_t place) {
    to[g][i][j] = to[g][j][i] = packed[place];
  });
  return square;
}

}  // namespace

void Moments::add(const at::Tensor& features, double weight_of_each) {
  const auto sum = features.sum(1, false, at::kDouble) * weight_of_each;
  const auto square = at::bmm(features.mT(), features).to(at::kDouble) * weight_of_each;
  weight += weight_of_each * static_cast<double>(features.size(1));
  first = first.defined() ? first + sum : sum;
  second = second.defined() ? second.add_(square) : square;
}

Moments Moments::without(const Moments& part) const {
  return {weight - part.weight, first - part.first, second - part.second};
}

void BlockedMoments::add(int64_t text, const at::Tensor& features, double weight_of_each) {
  Moments added;
  added.add(features, weight_of_each);
  total_.weight += added.weight;
  total_.first = total_.first.defined() ? total_.first + added.first : added.first;
  total_.second = total_.second.defined() ? total_.second.add_(added.second) : added.second;
  const auto index = static_cast<size_t>(text % kBlocks);
  if (blocks_.size() <= index) blocks_.resize(index + 1);
  auto& block = blocks_[index];
  block.weight += added.weight;
  block.first = block.first.defined() ? block.first + added.first : added.first;
  add_packed(block.triangle, added.second);
}

std::vector<Moments> BlockedMoments::left_out() const {
  std::vector<Moments> all;
  for (const auto& block : blocks_) {
    if (block.weight == 0) continue;
    const auto N = block.first.size(1);
    all.push_back(total_.without({block.weight, block.first, unpacked(block.triangle, N)}));
  }
  return all;
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
  const auto xx = part(0, F, 0, F), xy = part(0, F, F, F), yy = part(F, F, F, F);
  found.mean = at::complex(mean.narrow(1, 0, F).contiguous(), mean.narrow(1, F, F).contiguous());
  found.s = at::complex(xx + yy, xy - xy.mT());
  found.j = at::complex(xx - yy, xy + xy.mT());
  found.cross =
      at::complex(part(turning, R, 0, F).contiguous(), part(turning, R, F, F).contiguous());
  return found;
}

}  // namespace ww
