#include "probes/ablate/interventions.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/complex.h>
#include <ATen/ops/imag.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/polar.h>
#include <ATen/ops/real.h>
#include <ATen/ops/sgn.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/format.h>

#include "base/check.hpp"
#include "base/philox.hpp"

namespace ww {

namespace {

Contribution zero(const BandView&) { return {}; }

Contribution derotate(const BandView& v) { return {v.query, v.key}; }

Contribution attenuate(const BandView& v) { return {v.query * v.turn * v.factor, v.key * v.turn}; }

/// Chunks replaced on the sides asked for, then turned as they would be.
Contribution replaced(const BandView& v, const at::Tensor& query, const at::Tensor& key) {
  return {(v.sides == Sides::key ? v.query : query) * v.turn,
          (v.sides == Sides::query ? v.key : key) * v.turn};
}

at::Tensor all_tokens(const at::Tensor& each, const at::Tensor& like) {
  return each.to(like.scalar_type()).unsqueeze(1).expand_as(like);
}

Contribution mean(const BandView& v) {
  return replaced(
      v, all_tokens(v.reference.query_mean, v.query), all_tokens(v.reference.key_mean, v.key));
}

Contribution phase_strip(const BandView& v) {
  const auto strip = [](const at::Tensor& z, const at::Tensor& average) {
    return z.abs() * at::sgn(average).to(z.scalar_type()).unsqueeze(1);
  };
  return replaced(v, strip(v.query, v.reference.query_mean), strip(v.key, v.reference.key_mean));
}

Contribution magnitude_strip(const BandView& v) {
  const auto strip = [](const at::Tensor& z, const at::Tensor& size) {
    return at::sgn(z) * size.to(at::kFloat).unsqueeze(1);
  };
  return replaced(v, strip(v.query, v.reference.query_size), strip(v.key, v.reference.key_size));
}

/// Phases of z [H, T, n] dealt anew among its tokens 1 .. T - 1, for each head.
at::Tensor dealt(const at::Tensor& z, uint64_t seed, uint64_t stream, const char* side) {
  const auto H = z.size(0), T = z.size(1);
  std::vector<at::Tensor> heads;
  for (int64_t h = 0; h < H; ++h) {
    Draw draw(seed, stream * 1024 + static_cast<uint64_t>(h), fnv32(side));
    std::vector<int64_t> order = {0};
    for (const auto t : draw.distinct(static_cast<int>(T - 1), static_cast<int>(T - 1))) {
      order.push_back(t + 1);
    }
    const auto phases = at::sgn(z[h]).index_select(0, at::tensor(order, at::kLong));
    heads.push_back(z[h].abs() * phases);
  }
  return at::stack(heads);
}

Contribution phase_shuffle(const BandView& v) {
  return replaced(
      v, dealt(v.query, v.seed, v.stream, "query"), dealt(v.key, v.seed, v.stream, "key"));
}

/// e^{-i psi}, [H, 1, n].
at::Tensor against_mean(const BandView& v) {
  return at::sgn(v.reference.product).conj().unsqueeze(1);
}

/// Mean over offsets of e^{i (Delta theta - psi)}: its parts are those of cosine and sine. [H, 1,
/// n].
at::Tensor mean_curve(const BandView& v) {
  const auto angle = at::arange(v.range, at::kDouble).unsqueeze(-1) * v.theta;
  const auto mean = at::polar(at::ones_like(angle), angle).mean(0);  // [n]
  return mean * against_mean(v);
}

/// Queries and keys of several bilinear forms side by side.
Contribution joined(std::vector<at::Tensor> queries, std::vector<at::Tensor> keys) {
  const auto type = queries.front().scalar_type();
  for (auto& key : keys) key = key.to(type);
  for (auto& query : queries) query = query.to(type);
  return {at::cat(queries, -1), at::cat(keys, -1)};
}

/// x cos(Delta theta - psi) + y mean of sin(Delta theta - psi), with
/// x cos(..) = 1/2 Re(g e^{-i Delta theta}) + 1/2 Re(g e^{-2 i psi} e^{i Delta theta}).
Contribution unshift(const BandView& v) {
  const auto back = against_mean(v);
  const auto level = at::imag(mean_curve(v));
  const auto turn_back = v.turn.conj();
  return joined({v.query * v.turn * 0.5, v.query * turn_back * 0.5, v.query},
                {v.key * v.turn,
                 v.key * turn_back * back * back,
                 v.key * back * at::complex(at::zeros_like(level), -level)});  // Im w = Re(-i w)
}

/// m cos(Delta theta - psi) + (x - m) mean of cos(..) + y sin(Delta theta - psi), m = E x = |E g|.
Contribution unscale(const BandView& v) {
  const auto back = against_mean(v);
  const auto level = at::real(mean_curve(v));
  const auto turn_back = v.turn.conj();
  const auto one = at::ones_like(v.query);
  const auto expected = v.reference.product.abs().unsqueeze(1);  // [H, 1, n]
  const auto wide = [&](const at::Tensor& x) { return x.expand_as(v.key); };
  return joined({v.query * v.turn * 0.5, v.query * turn_back * -0.5, v.query, one * v.turn, one},
                {v.key * v.turn,
                 v.key * turn_back * back * back,
                 v.key * back * level,
                 wide(back.conj() * expected) * v.turn,
                 wide(at::complex(-expected * level, at::zeros_like(level)))});
}

}  // namespace

const std::vector<InterventionRow>& interventions() {
  // clang-format off
  static const std::vector<InterventionRow> table = {
      // name             what                                                    averages, one side, identity: still, polar
      {"unshift",         "content scales tuning curves but moves none",                 true,  false, true,  true,  unshift},
      {"unscale",         "content moves tuning curves but scales none",                 true,  false, true,  false, unscale},
      {"zero",            "no contribution",                                             false, false, false, false, zero},
      {"derotate",        "position turns nothing",                                      false, false, true,  false, derotate},
      {"mean",            "the mean in place of content",                                false, true,  false, false, mean},
      {"phase-strip",     "content's magnitudes at the mean's phase",                    false, true,  false, true,  phase_strip},
      {"magnitude-strip", "content's phases at the mean magnitude",                      false, true,  false, false, magnitude_strip},
      {"phase-shuffle",   "phases dealt anew among the tokens of a text",                false, true,  false, true,  phase_shuffle},
      {"attenuate",       "the contribution times --factor",                             false, false, false, false, attenuate},
  };
  // clang-format on
  return table;
}

const InterventionRow& intervention_row(const std::string& name) {
  std::string known;
  for (const auto& row : interventions()) {
    if (name == row.name) return row;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", row.name);
  }
  refuse("unknown intervention '{}'; choose from {}", name, known);
}

}  // namespace ww
