#include "models/attention.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "models/device.hpp"
#include "models/fused/attention.hpp"
#include "models/fused/device_attention.hpp"

namespace ww {

namespace {

/// Scores, softmax and their sums have the bits of float32 at least.
at::Tensor widened(const at::Tensor& x) { return x.element_size() < 4 ? x.to(at::kFloat) : x; }

/// The rows of a [.., T, X] tensor, or all of them.
at::Tensor pick(const at::Tensor& x, const at::Tensor& rows, int64_t dim) {
  if (!x.defined() || !rows.defined() || x.size(dim) == 1) return x;
  return x.index_select(dim, rows);
}

Turn pick(const Turn& turn, const at::Tensor& rows) {
  return {pick(turn.angle, rows, -2), pick(turn.cosine, rows, -2), pick(turn.sine, rows, -2)};
}

/// Each key head serves H / Hk query heads, neighbours.
at::Tensor spread(const at::Tensor& x, int64_t heads) {
  return x.size(1) == heads ? x : x.repeat_interleave(heads / x.size(1), 1);
}

/// The sum of what is there.
at::Tensor plus(const at::Tensor& a, const at::Tensor& b) {
  if (!a.defined()) return b;
  return b.defined() ? a + b : a;
}

at::Tensor scores_of(const at::Tensor& q,
                     const at::Tensor& keys,
                     const at::Tensor& bias,
                     double scale) {
  return plus((q * scale).matmul(keys), bias);  // [B, H, R, T]
}

/// Up to `most` of 0 .. count - 1, evenly, both ends among them.
at::Tensor evenly(int64_t count, int64_t most) {
  return at::linspace(0, static_cast<double>(count - 1), std::min(count, most), at::kDouble)
      .round()
      .to(at::kLong);
}

/// What hooks see whichever path attention takes.
void show_inputs(const AttentionInput& given,
                 const Encoding& encoding,
                 const Turn& turn,
                 const at::Tensor& bias,
                 double scale,
                 const Spot& spot) {
  if (spot.hooks == nullptr || !spot.hooks->observe) return;
  const auto all = widened(given.q), k = widened(given.k);
  spot.show("q", all);
  spot.show("k", k);
  spot.show("v", widened(given.v));
  const auto sample = sampled_rows(all.size(2)).to(all.device());
  const auto some = sampled_keys(k.size(2)).to(k.device());
  const auto rows = given.rows.defined() ? given.rows.index_select(0, sample) : sample;
  const auto q = encoding.query(all.index_select(2, sample), pick(turn, rows));
  const auto keys = encoding.key(k.index_select(2, some), pick(turn, some));
  const auto own = bias.defined() ? pick(pick(send(bias, q.options()), rows, -2), some, -1) : bias;
  spot.show("sample", scores_of(q, spread(keys, q.size(1)).mT(), own, scale));
}

/// Where some rows stand, see Places; wherever their tensors lie.
struct Standing {
  at::Tensor position, block;
};

/// What is added to scores of the rows that ask, see visibility(); where their positions lie.
at::Tensor mask_of(const Standing& asking,
                   const Standing& seen,
                   int64_t window,
                   at::TensorOptions options) {
  const auto back = asking.position.unsqueeze(-1) - seen.position.unsqueeze(-2);  // [.., R, T]
  auto hidden = back < 0;
  if (window > 0) hidden = hidden | (back >= window);
  if (seen.block.defined()) {
    const auto block = seen.block.unsqueeze(0);
    hidden = hidden | ((block != 0) & (block != asking.block.unsqueeze(1)));
  }
  if (hidden.dim() == 3) hidden = hidden.unsqueeze(1);
  const auto zeros = at::zeros(hidden.sizes(), options.device(hidden.device()));
  return zeros.masked_fill(hidden, -std::numeric_limits<double>::infinity());
}

/// One attention in the making: keys and values are ready for every slab of queries.
struct Attending {
  const AttentionInput& input;
  const AttentionRule& rule;
  const Spot& spot;
  bool by_library;
  at::Tensor keys, values;  // [B, H, T, E], [B, H, T, D]

  /// q [B, H, R, E] from query row `first` on; bias and mask are of those rows.
  at::Tensor slab(const at::Tensor& q,
                  int64_t first,
                  const at::Tensor& bias,
                  const at::Tensor& mask) const {
    if (by_library) return library(q, plus(mask, bias), false);
    auto scores = scores_of(q, keys.mT(), bias, rule.scale);
    const bool edited = spot.hooks != nullptr && spot.hooks->edit;
    if (edited) {
      scores = spot.hooks->edit({spot.layer, spot.text, first, input.q, input.k, scores});
    }
    spot.show("scores", scores, first);
    if (rule.cap > 0) scores = (scores / rule.cap).tanh() * rule.cap;
    const auto pattern = (scores + mask).softmax(-1);
    spot.show("pattern", pattern, first);
    return pattern.matmul(values);
  }

  /// LibTorch's own operator, of whose kernels it chooses one. added [.., R, T] or undefined.
  at::Tensor library(const at::Tensor& q, const at::Tensor& added, bool causal) const {
    const auto whole = added.defined() && added.dim() == 3 ? added.unsqueeze(0) : added;
    const auto mask = whole.defined() ? std::optional(whole.to(q.scalar_type())) : std::nullopt;
    return at::scaled_dot_product_attention(q, keys, values, mask, 0, causal, rule.scale);
  }

  /// Every row of q; bias [.., R, T] or undefined.
  at::Tensor all(const at::Tensor& q, const at::Tensor& bias, const Places& places) const {
    const bool whole = !input.rows.defined() && !bias.defined() && rule.window == 0;
    if (by_library && whole && places.sight == Sight::consecutive) return library(q, {}, true);
    if (places.visible.defined()) return slab(q, 0, bias, pick(places.visible, input.rows, -2));
    std::vector<at::Tensor> slabs;
    const auto R = q.size(2);
    for (int64_t first = 0; first < R; first += kSlabRows) {
      const auto count = std::min(kSlabRows, R - first);
      const auto part = bias.defined() ? bias.narrow(-2, first, count) : bias;
      const auto mask =
          input.rows.defined()
              ? visibility(places, input.rows.narrow(0, first, count), rule.window, q.options())
              : visibility(places, first, count, rule.window, q.options());
      slabs.push_back(slab(q.narrow(2, first, count), first, part, mask));
    }
    return at::cat(slabs, 2);
  }
};

}  // namespace

at::Tensor sampled_rows(int64_t count) { return evenly(count, 32); }

at::Tensor sampled_keys(int64_t count) { return evenly(count, 48); }

void Spot::show(const char* site, const at::Tensor& value, int64_t first_row) const {
  if (hooks == nullptr || !hooks->observe) return;
  hooks->observe({fmt::format("blocks.{}.attn.{}", layer, site), layer, text, first_row, value});
}

at::Tensor visibility(
    const Places& places, int64_t first, int64_t count, int64_t window, at::TensorOptions options) {
  const auto narrow = [&](const at::Tensor& x) {
    return x.defined() ? x.narrow(-1, first, count) : x;
  };
  const Standing all{places.positions, places.block};
  const auto mask = mask_of({narrow(all.position), narrow(all.block)}, all, window, options);
  return send(mask, options.device());
}

at::Tensor visibility(const Places& places,
                      const at::Tensor& rows,
                      int64_t window,
                      at::TensorOptions options) {
  const auto integers = options.dtype(at::kLong);
  const auto there = [&](const at::Tensor& x) { return x.defined() ? send(x, integers) : x; };
  const Standing all{there(places.positions), there(places.block)};
  return mask_of({pick(all.position, rows, -1), pick(all.block, rows, -1)}, all, window, options);
}

Sight sight_of(const at::Tensor& positions, const at::Tensor& block) {
  const auto p = positions.contiguous();
  const auto T = p.size(-1);
  const auto* const position = p.const_data_ptr<int64_t>();
  const auto* const number = block.defined() ? block.const_data_ptr<int64_t>() : nullptr;
  bool consecutive = number == nullptr;
  for (int64_t i = 0; i < p.numel(); ++i) {
    if (i % T == 0) continue;
    const auto onward = number == nullptr ? 0 : number[i % T] - number[i % T - 1];
    const auto step = position[i] - position[i - 1];
    if (onward < 0 || (onward == 0 && step <= 0)) return Sight::any;
    consecutive = consecutive && step == 1;
  }
  return consecutive ? Sight::consecutive : Sight::backward;
}

at::Tensor attention(const AttentionInput& given,
                     const Encoding& encoding,
                     const Turn& turn,
                     const Places& places,
                     const AttentionRule& rule,
                     const Spot& asked,
                     const AttentionKernels& kernels) {
  auto bias = encoding.bias(places.positions);
  show_inputs(given, encoding, turn, bias, rule.scale, asked);
  const auto spot = asked.whole() ? asked : Spot{};  // of what follows
  const auto [table, launchers, library] = spot.hooks == nullptr ? kernels : AttentionKernels{};
  const AttentionCall as_given{given, encoding, turn, places, rule, bias};
  if (launchers != nullptr && device_obstacle(as_given).empty()) {
    return device_attention(*launchers, as_given);
  }
  const AttentionInput input{widened(given.q), widened(given.k), widened(given.v), given.rows};
  const AttentionCall call{input, encoding, turn, places, rule, bias};
  if (table != nullptr && can_fuse(call)) return fused_attention(*table, call);
  const auto H = input.q.size(1);
  const auto q = encoding.query(input.q, pick(turn, input.rows));  // [B, H, R, E]
  const auto k = encoding.key(input.k, turn);                      // [B, Hk, T, E]
  spot.show("q_rot", q);
  spot.show("k_rot", k);
  if (bias.defined()) bias = pick(send(bias, q.options()), input.rows, -2);
  const bool by_library = library && rule.cap == 0 && !call.bias_learns();
  // A bias would lose too much in fewer bits; a mask loses nothing.
  const auto type = by_library && !bias.defined() ? given.q.scalar_type() : q.scalar_type();
  const auto ready = [&](const at::Tensor& x) { return spread(x.to(type), H); };
  return Attending{input, rule, spot, by_library, ready(k), ready(given.v)}.all(
      q.to(type), bias, places);
}

}  // namespace ww
