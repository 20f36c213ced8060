#include "ops/turning.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/stack.h>

#include <cmath>
#include <numbers>

#include "models/kernels/rotation.hpp"
#include "ops/fit.hpp"
#include "ops/refusal.hpp"

namespace ww::ops {

namespace {

using kernels::Kind;
using kernels::Magnitude;

template <typename Value>
struct Word {
  std::string_view name;
  Value value;
};
constexpr Word<Kind> kEncodings[] = {
    {"rope", Kind::pairs}, {"pope", Kind::polar}, {"nope", Kind::none}};
constexpr Word<bool> kLayouts[] = {{"half", false}, {"adjacent", true}};
constexpr Word<Magnitude> kMagnitudes[] = {{"softplus", Magnitude::softplus},
                                           {"relu", Magnitude::relu},
                                           {"identity", Magnitude::identity}};

/// The meaning of a word; the first of the table where none is given.
template <typename Value, size_t N>
Value meaning(const Word<Value> (&table)[N],
              std::optional<std::string_view> word,
              const char* what) {
  if (!word) return table[0].value;
  std::string names;
  for (const auto& row : table) {
    if (*word == row.name) return row.value;
    names += (names.empty() ? "" : ", ") + std::string(row.name);
  }
  WW_CHECK(false, what, " must be one of ", names, " but is '", *word, "'");
}

/// Numbers on the CPU serve any device, at the cost of a copy that waits for all that is queued;
/// those of another are a mistake.
void check_numbers(const at::Tensor& x, const char* name, const at::Tensor& key) {
  check_plain(x, name);
  WW_CHECK(x.device().is_cpu() || x.device() == key.device(),
           name,
           " must be on the CPU or where key is, on ",
           key.device(),
           ", but is on ",
           x.device());
}

/// Whether somebody wants a derivative, backward or forward.
bool differentiable(const at::Tensor& x) { return x.requires_grad() || x._fw_grad(0).defined(); }

void check_theta(const at::Tensor& theta, Kind kind, const at::Tensor& key) {
  const auto D = size_of(key, 3);
  check_numbers(theta, "theta", key);
  WW_CHECK(theta.scalar_type() == at::kDouble && theta.dim() == 1,
           "theta must be one row of float64, rad/token, but is ",
           theta.sym_sizes(),
           " ",
           theta.scalar_type(),
           "; convert it with .double()");
  WW_CHECK(!differentiable(theta), "theta gets no gradient here; call .detach()");
  const auto F = size_of(theta, 0);
  const bool fits = kind == Kind::polar ? F == D : F > 0 && F <= D / 2;
  WW_CHECK(fits,
           "theta must hold ",
           kind == Kind::polar ? "a frequency for each of the " : "at most half as many as the ",
           D,
           " features but holds ",
           F);
}

/// Cosines and sines of position x theta, [2, .., T, F]; pairs without a frequency stay.
at::Tensor tables_of(const Asked& asked, Kind kind, const at::Tensor& key) {
  const auto D = size_of(key, 3);
  const auto B = key.sym_size(0), T = key.sym_size(2);  // torch.compile may leave these open
  const auto positions = asked.positions.value_or(at::Tensor());
  const auto integers = key.options().dtype(at::kLong);
  const auto place = positions.defined() ? positions : at::arange(T, integers);
  const auto sizes = place.sym_sizes();
  WW_CHECK(sizes == c10::SymIntArrayRef({T}) || sizes == c10::SymIntArrayRef({B, T}),
           "positions must be one for each of the ",
           T,
           " places, shared or for each string, but are ",
           sizes);
  check_numbers(place, "positions", key);
  WW_CHECK(!place.is_complex() && !differentiable(place),
           "positions must be real numbers that want no gradient");
  const auto real = integers.dtype(at::kDouble);
  const auto angle =
      (place.to(real).unsqueeze(-1) * asked.theta->to(real)).fmod(2 * std::numbers::pi);
  const auto still = (kind == Kind::polar ? D : D / 2) - size_of(angle, -1);
  const auto turn = at::constant_pad_nd(angle, {0, still}, 0);  // angle 0 turns nothing
  return at::stack({turn.cos(), turn.sin()}).to(at::kFloat).contiguous();
}

}  // namespace

Turning turning_of(const Asked& asked, const at::Tensor& key) {
  WW_CHECK(key.dim() == 4, "key must be [strings, heads, places, width] but is ", key.sym_sizes());
  const auto D = size_of(key, 3);
  const auto kind = meaning(kEncodings, asked.encoding, "encoding");
  const bool adjacent = meaning(kLayouts, asked.layout, "layout");
  Turning turning;
  turning.kind = static_cast<int64_t>(kind);
  turning.magnitude = static_cast<int64_t>(meaning(kMagnitudes, asked.magnitude, "magnitude"));
  turning.causal = asked.causal;
  turning.scale = asked.scale.value_or(1 / std::sqrt(static_cast<double>(D)));
  WW_CHECK(!asked.layout || kind == Kind::pairs, "only rope has a layout");
  WW_CHECK(!asked.magnitude || kind == Kind::polar, "only pope has a magnitude");
  WW_CHECK(!asked.delta || kind == Kind::polar, "only pope has a delta");
  WW_CHECK(asked.theta.has_value() == (kind != Kind::none),
           kind == Kind::none ? "nope turns nothing: leave theta out"
                              : "rope and pope need theta, their frequencies");
  WW_CHECK(!asked.positions || kind != Kind::none, "nope turns nothing: leave positions out");
  turning.phase = asked.delta;
  if (asked.delta) check_plain(*asked.delta, "delta");
  if (kind == Kind::none) return turning;
  check_theta(*asked.theta, kind, key);
  turning.tables = tables_of(asked, kind, key);
  turning.adjacent = adjacent;
  return turning;
}

at::Tensor in_pairs(const at::Tensor& x, const Asked& asked, const Turning& turning) {
  if (static_cast<Kind>(turning.kind) != Kind::pairs || turning.adjacent) return x;
  const auto D = x.dim() == 4 ? size_of(x, -1) : 0;
  const auto F = size_of(*asked.theta, 0), still = D / 2 - F;
  if (still <= 0 || D % 2 == 1) return x;  // the kernels refuse what doesn't fit
  const auto part = x.split_with_sizes({F, F, still, still}, -1);
  return at::cat({part[0], part[2], part[1], part[3]}, -1);
}

}  // namespace ww::ops
