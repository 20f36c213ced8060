#include "probes/moments.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/complex.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/polar.h>
#include <ATen/ops/triu_indices.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

namespace ww {

namespace {

/// Upper triangles of [G, N, N], row by row: [G, N (N + 1) / 2].
at::Tensor packed(const at::Tensor& symmetric) {
  const auto N = symmetric.size(-1);
  const auto index = at::triu_indices(N, N);
  return symmetric.flatten(1).index_select(1, index[0] * N + index[1]).to(at::kFloat);
}

at::Tensor unpacked(const at::Tensor& triangle, int64_t N) {
  const auto index = at::triu_indices(N, N);
  auto square = at::zeros({triangle.size(0), N * N}, at::kDouble);
  const auto values = triangle.to(at::kDouble);
  square.index_copy_(1, index[0] * N + index[1], values);
  square.index_copy_(1, index[1] * N + index[0], values);
  return square.view({triangle.size(0), N, N});
}

}  // namespace

void Moments::add(const at::Tensor& features, double weight_of_each) {
  const auto sum = features.sum(1) * weight_of_each;
  const auto square = at::bmm(features.mT(), features) * weight_of_each;
  weight += weight_of_each * static_cast<double>(features.size(1));
  first = first.defined() ? first + sum : sum;
  second = second.defined() ? second + square : square;
}

Moments Moments::without(const Moments& part) const {
  return {weight - part.weight, first - part.first, second - part.second};
}

void BlockedMoments::add(int64_t text, const at::Tensor& features, double weight_of_each) {
  Moments added;
  added.add(features, weight_of_each);
  total_.weight += added.weight;
  total_.first = total_.first.defined() ? total_.first + added.first : added.first;
  total_.second = total_.second.defined() ? total_.second + added.second : added.second;
  const auto index = static_cast<size_t>(text % kBlocks);
  if (blocks_.size() <= index) blocks_.resize(index + 1);
  auto& block = blocks_[index];
  const auto triangle = packed(added.second);
  block.weight += added.weight;
  block.first = block.first.defined() ? block.first + added.first : added.first;
  block.triangle = block.triangle.defined() ? block.triangle + triangle : triangle;
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
  const auto rows = x.narrow(1, first, x.size(1) - first).to(at::kDouble).to(at::kCPU);
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
