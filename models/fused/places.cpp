#include "models/fused/places.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <limits>

#include "base/check.hpp"
#include "models/decoder.hpp"

namespace ww {

namespace {

constexpr int64_t kFarthestKept = 1 << 16;  // rows of a table that is kept from batch to batch
constexpr double kHidden = -std::numeric_limits<double>::infinity();

/// Strides of the tables of scores: 0 where strings or heads share one.
void point_at(const at::Tensor& bias, kernels::Strings& strings) {
  const auto dims = bias.dim();
  strings.bias = bias.const_data_ptr<float>();
  strings.bias_string = dims == 4 && bias.size(0) > 1 ? bias.stride(0) : 0;
  strings.bias_head = dims >= 3 && bias.size(-3) > 1 ? bias.stride(-3) : 0;
}

}  // namespace

void check_below(const at::Tensor& ids, int64_t end, const char* what) {
  const auto* const id = ids.const_data_ptr<int64_t>();
  for (int64_t i = 0; i < ids.numel(); ++i) {
    check(id[i] >= 0 && id[i] < end, "{} {} is none of the {} there are", what, id[i], end);
  }
}

at::Tensor padded_scores(const at::Tensor& scores) {
  const auto T = scores.size(-1);
  auto shape = scores.sizes().vec();
  shape.back() = (T + 15) / 16 * 16;
  auto wide = at::full(shape, kHidden, at::kFloat);
  wide.narrow(-1, 0, T).copy_(scores);
  return wide;
}

at::Tensor angle_rows(const at::Tensor& table, kernels::Kind kind, int64_t D, double still) {
  const auto F = table.size(-1), columns = kind == kernels::Kind::polar ? D : D / 2;
  if (F == columns) return table.contiguous();
  auto shape = table.sizes().vec();
  shape.back() = columns;
  auto rows = at::full(shape, still, at::kFloat);
  rows.narrow(-1, 0, F).copy_(table);
  return rows;
}

at::Tensor phase_tables(const at::Tensor& phase, const float*& cosine, const float*& sine) {
  cosine = sine = nullptr;
  if (!phase.defined()) return {};
  const auto angles = phase.detach().contiguous();
  const auto count = angles.numel();
  auto tables = at::empty({2, count}, at::kFloat);
  const auto* const angle = angles.const_data_ptr<float>();
  auto* const table = tables.mutable_data_ptr<float>();
  for (int64_t i = 0; i < count; ++i) {
    table[i] = static_cast<float>(std::cos(static_cast<double>(angle[i])));
    table[count + i] = static_cast<float>(std::sin(static_cast<double>(angle[i])));
  }
  cosine = table;
  sine = table + count;
  return tables;
}

AngleTable::AngleTable(const Encoding& encoding, int64_t width)
    : theta_(encoding.theta()), kind_(encoding.rotation().value().kind), width_(width) {}

void AngleTable::fill(const at::Tensor& positions) {
  const auto turn = make_turn(positions, theta_, at::kFloat);
  cosine_ = angle_rows(turn.cosine, kind_, width_, 1);
  sine_ = angle_rows(turn.sine, kind_, width_, 0);
}

at::Tensor AngleTable::seat(const at::Tensor& positions, kernels::Strings& strings) {
  auto rows = positions.to(at::kInt).contiguous();
  if (theta_.numel() > 0) {
    const auto needed = positions.max().item<int64_t>() + 1;
    if (needed > kFarthestKept || positions.min().item<int64_t>() < 0) {
      rows = at::arange(positions.numel(), at::kInt).view(positions.sizes());
      fill(positions.flatten());
      reach_ = 0;
    } else if (needed > reach_) {
      reach_ = 2 * needed;
      fill(at::arange(reach_));
    }
    strings.cosine = cosine_.const_data_ptr<float>();
    strings.sine = sine_.const_data_ptr<float>();
  }
  strings.position = rows.const_data_ptr<int32_t>();
  strings.position_string = rows.dim() == 2 ? rows.size(1) : 0;
  return rows;
}

FusedPlaces fused_places(const Decoder& model, const Input& input, AngleTable& angles) {
  check_below(input.tokens.contiguous(), model.config().vocabulary, "token");
  FusedPlaces places;
  auto& strings = places.strings;
  strings.count = input.tokens.size(0);
  strings.length = strings.rows = input.tokens.size(1);
  places.position = angles.seat(input.positions, strings);
  if (input.graded.defined()) {
    check_below(input.graded.contiguous(), strings.length, "graded row");
    places.row = input.graded.to(at::kInt).contiguous();
    strings.row = places.row.const_data_ptr<int32_t>();
    strings.rows = places.row.numel();
  }
  const auto visible =
      visibility({input.positions, input.block, {}}, 0, strings.length, 0, at::kFloat);
  at::Tensor shared;  // by the layers without a bias
  for (int64_t l = 0; l < model.config().layers; ++l) {
    const auto bias = model.encoding(l).bias(input.positions);
    places.layer_bias.push_back(bias);
    const c10::NoGradGuard no_grad;
    if (!bias.defined() && !shared.defined()) shared = padded_scores(visible);
    places.bias.push_back(bias.defined() ? padded_scores(bias.to(at::kFloat) + visible) : shared);
  }
  point_at(places.bias.front(), strings);
  return places;
}

}  // namespace ww
