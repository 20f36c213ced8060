#include "ops/fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/kernels/rotation.hpp"
#include "ops/refusal.hpp"

namespace ww::ops {

namespace {

using kernels::Kind;
using kernels::Magnitude;

constexpr int64_t kMostPlaces = std::numeric_limits<int32_t>::max();

void check_dense(const at::Tensor& x, const char* name, at::Device device) {
  check_plain(x, name);
  WW_CHECK(x.device() == device, name, " must be on ", device, " but is on ", x.device());
}

void check_float(const at::Tensor& x, const char* name, at::Device device) {
  check_dense(x, name, device);
  WW_CHECK(x.scalar_type() == at::kFloat,
           name,
           " must be float32 but is ",
           x.scalar_type(),
           "; convert it with .float()");
}

void check_heads(const at::Tensor& x, const char* name, const Home& home) {
  check_dense(x, name, home.device);
  WW_CHECK(std::find(home.types.begin(), home.types.end(), x.scalar_type()) != home.types.end(),
           name,
           " must be ",
           home.words,
           " but is ",
           x.scalar_type(),
           x.is_complex() ? "" : "; convert it with ",
           x.is_complex() ? "" : home.remedy);
  WW_CHECK(x.dim() == 4, name, " must be [strings, heads, places, width] but is ", x.sizes());
}

void check_rows(const at::Tensor& x, const char* name) {
  WW_CHECK(x.stride(3) == 1 || x.numel() == 0,
           name,
           " must have its features side by side but they lie ",
           x.stride(3),
           " numbers apart; call .contiguous()");
}

void check_alike(const at::Tensor& x, const char* name, const at::Tensor& query) {
  WW_CHECK(x.scalar_type() == query.scalar_type(),
           name,
           " is ",
           x.scalar_type(),
           " but query ",
           query.scalar_type(),
           "; they must be alike");
}

}  // namespace

int64_t size_of(const at::Tensor& x, int64_t dim) {
  return x.sym_size(dim).guard_int(__FILE__, __LINE__);
}

void check_plain(const at::Tensor& x, const char* name) {
  WW_CHECK(x.defined(), name, " must be a tensor but is None");
  WW_CHECK(!x.is_nested(), name, " must be a dense tensor but is nested");
  WW_CHECK(x.layout() == at::kStrided && !x.is_quantized(),
           name,
           " must be a dense tensor but is ",
           x.toString());
}

void check_inputs(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const Home& home) {
  check_heads(q, "query", home);
  check_heads(k, "key", home);
  check_heads(v, "value", home);
  check_rows(q, "query");
  check_rows(k, "key");
  check_rows(v, "value");
  check_alike(k, "key", q);
  check_alike(v, "value", q);
  WW_CHECK(k.sizes() == v.sizes(), "key is ", k.sizes(), " but value is ", v.sizes());
  WW_CHECK(q.size(0) == k.size(0) && q.size(3) == k.size(3),
           "query is ",
           q.sizes(),
           " and key ",
           k.sizes(),
           "; their strings and widths must be equal");
  WW_CHECK(k.size(1) > 0 && q.size(1) > 0 && q.size(1) % k.size(1) == 0,
           "each key head must serve as many query heads, but there are ",
           q.size(1),
           " over ",
           k.size(1));
  WW_CHECK(k.size(2) > 0, "key has no places: it is ", k.sizes());
  WW_CHECK(k.size(2) <= kMostPlaces, "key has more than ", kMostPlaces, " places: ", k.size(2));
  WW_CHECK(q.size(2) > 0 && q.size(2) <= k.size(2),
           "queries are those of the last places: there may be 1 to ",
           k.size(2),
           " but there are ",
           q.size(2));
}

void check_turning(const Turning& t, const at::Tensor& k) {
  WW_CHECK(t.kind >= 0 && t.kind <= 2 && t.magnitude >= 0 && t.magnitude <= 2,
           "there is no kind ",
           t.kind,
           " with magnitude ",
           t.magnitude);
  WW_CHECK(std::isfinite(static_cast<float>(t.scale)),
           "scale must be finite in float32 but is ",
           t.scale);
  const auto kind = static_cast<Kind>(t.kind);
  WW_CHECK(!t.phase || kind == Kind::polar, "only polar keys have a phase");
  WW_CHECK(!t.adjacent || kind == Kind::pairs, "only pairs are adjacent");
  WW_CHECK(t.tables.has_value() == (kind != Kind::none),
           "kinds 1 and 2 need tables, kind 0 takes none");
  const auto B = k.size(0), Hk = k.size(1), T = k.size(2), D = k.size(3);
  if (t.phase) {
    check_float(*t.phase, "delta", k.device());
    WW_CHECK(t.phase->sizes() == at::IntArrayRef({Hk, D}),
             "delta must be [",
             Hk,
             ", ",
             D,
             "], a phase for each key head and frequency, but is ",
             t.phase->sizes());
  }
  if (!t.tables) return;
  check_float(*t.tables, "tables", k.device());
  const auto F = kind == Kind::polar ? D : D / 2;
  WW_CHECK(t.tables->is_contiguous() && (t.tables->sizes() == at::IntArrayRef({2, T, F}) ||
                                         t.tables->sizes() == at::IntArrayRef({2, B, T, F})),
           "tables must be contiguous and ",
           at::IntArrayRef({2, T, F}),
           " or ",
           at::IntArrayRef({2, B, T, F}),
           " but are ",
           t.tables->sizes(),
           " with strides ",
           t.tables->strides());
}

void check_way_back(const at::Tensor& gradient,
                    const Attended& forward,
                    const at::Tensor& query,
                    const Home& home) {
  check_heads(gradient, "the output's gradient", home);
  check_heads(forward.output, "output", home);
  check_rows(forward.output, "output");
  check_alike(gradient, "the output's gradient", query);
  check_alike(forward.output, "output", query);
  check_float(forward.lse, "lse", home.device);
  WW_CHECK(gradient.sizes() == query.sizes() && forward.output.sizes() == query.sizes(),
           "the output and its gradient must be as query, ",
           query.sizes(),
           ", but are ",
           forward.output.sizes(),
           " and ",
           gradient.sizes());
  WW_CHECK(forward.lse.is_contiguous() && forward.lse.sizes() == query.sizes().slice(0, 3),
           "lse must be contiguous and [strings, heads, queries] but is ",
           forward.lse.sizes(),
           " with strides ",
           forward.lse.strides());
}

const char* padding_advice(const Turning& t) {
  const bool polar = static_cast<Kind>(t.kind) == Kind::polar;
  if (polar && static_cast<Magnitude>(t.magnitude) != Magnitude::identity) {
    return "; pad query and key with -100, whose magnitude is 0, all else with zeros, and give the "
           "scale";
  }
  return "; pad query, key and value with zeros and give the scale";
}

}  // namespace ww::ops
