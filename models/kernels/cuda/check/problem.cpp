#include "models/kernels/cuda/check/problem.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>

#include "models/kernels/cuda/host/floats.hpp"

namespace ww::kernels::cuda {

namespace {

constexpr uint16_t kUnwritten = 0xFFFF;  // a NaN of both elements
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

void widen(Element element, const Rows& rows, std::vector<double>& to) {
  for (int64_t b = 0; b < rows.B; ++b) {
    for (int64_t h = 0; h < rows.H; ++h) {
      for (int64_t t = 0; t < rows.T; ++t) {
        const auto* const row = &rows.bits[(b * rows.T + t) * rows.place() + h * rows.D];
        for (int64_t d = 0; d < rows.D; ++d) to.push_back(host::from_element(element, row[d]));
      }
    }
  }
}

int64_t frequencies(const ProblemOptions& o) {
  return o.kind == Kind::none ? 0 : o.kind == Kind::pairs ? o.D / 2 : o.D;
}

}  // namespace

Rows::Rows(int64_t strings, int64_t heads, int64_t places, int64_t width)
    : bits(strings * places * (heads * width + 8), kUnwritten),
      B(strings),
      H(heads),
      T(places),
      D(width) {}

uint16_t& Rows::at(int64_t b, int64_t h, int64_t t, int64_t d) {
  return bits[(b * T + t) * place() + h * D + d];
}

AttentionProblem::AttentionProblem(const ProblemOptions& wanted)
    : options(wanted),
      args{},
      gradients{},
      query(wanted.B, wanted.H, wanted.Tq, wanted.D),
      key(wanted.B, wanted.Hk, wanted.Tk, wanted.D),
      value(key),
      output(query),
      d_output(query),
      d_query(query),
      d_key(key),
      d_value(key),
      lse(wanted.B * wanted.H * wanted.Tq, kNaN) {
  draw_features();
  draw_angles();
  draw_delta();
  draw_bias();
  set_sizes();
  point();
}

void AttentionProblem::draw_features() {
  std::mt19937 generator(options.seed);
  std::normal_distribution<float> normal;
  for (auto* const rows : {&query, &key, &value, &d_output}) {
    for (int64_t b = 0; b < rows->B; ++b) {
      for (int64_t t = 0; t < rows->T; ++t) {
        for (int64_t i = 0; i < rows->H * rows->D; ++i) {
          rows->at(b, 0, t, i) = host::to_element(options.element, normal(generator));
        }
      }
    }
  }
}

/// Angles of RoPE's kind, base 10000; rows of a table twice as long as needed, in no order.
void AttentionProblem::draw_angles() {
  const int64_t F = frequencies(options), places = std::max(options.Tq, options.Tk);
  if (F == 0) return;
  args.table_rows = options.rows == TableUse::places ? places : 2 * places;
  for (int64_t row = 0; row < args.table_rows; ++row) {
    for (int64_t f = 0; f < F; ++f) {
      const double exponent = -static_cast<double>(f) / static_cast<double>(F);
      angle.push_back(static_cast<double>(row) * std::pow(10000.0, exponent));
      table.push_back(static_cast<float>(std::cos(angle.back())));
      table.push_back(static_cast<float>(std::sin(angle.back())));
    }
  }
  if (options.rows == TableUse::places) return;
  std::mt19937 generator(options.seed + 1);
  std::uniform_int_distribution<int32_t> any(0, static_cast<int32_t>(args.table_rows) - 1);
  const int64_t strings = options.rows == TableUse::shared_rows ? 1 : options.B;
  for (int64_t i = 0; i < strings * options.Tq; ++i) query_row.push_back(any(generator));
  for (int64_t i = 0; i < strings * options.Tk; ++i) key_row.push_back(any(generator));
}

void AttentionProblem::draw_delta() {
  if (options.delta == Delta::none) return;
  constexpr float kTurn = 2 * std::numbers::pi_v<float>;
  const float beyond = options.delta == Delta::inside ? 0 : 1;
  std::mt19937 generator(options.seed + 2);
  std::uniform_real_distribution<float> uniform(-kTurn - beyond, beyond);
  for (int64_t i = 0; i < options.Hk * options.D; ++i) delta.push_back(uniform(generator));
  d_delta.resize(delta.size());
}

void AttentionProblem::draw_bias() {
  const auto use = options.bias;
  if (use == BiasUse::none) return;
  const bool of_strings = use == BiasUse::of_strings || use == BiasUse::of_both;
  const bool of_heads = use == BiasUse::of_heads || use == BiasUse::of_both;
  const int64_t strings = of_strings ? options.B : 1, heads = of_heads ? options.H : 1;
  const int64_t row = options.Tk + 1, head = options.Tq * row;  // NaN between rows
  bias.assign(strings * heads * head, kNaN);
  std::mt19937 generator(options.seed + 3);
  std::normal_distribution<float> normal;
  for (int64_t i = 0; i < strings * heads * options.Tq; ++i) {
    const int64_t t = i % options.Tq;
    for (int64_t s = 0; s < options.Tk; ++s) {
      // blocks of three places that see the first ten and themselves; place 5 sees nobody
      const bool hidden = t == 5 || (s >= 10 && s / 3 != (t + options.Tk - options.Tq) / 3);
      const float mask = hidden ? -kInfinity : 0;
      bias[i * row + s] = use == BiasUse::blocks ? mask : normal(generator);
    }
  }
  args.bias_row = row;
  args.bias_head = of_heads ? head : 0;
  args.bias_string = of_strings ? heads * head : 0;
}

void AttentionProblem::set_sizes() {
  args.B = options.B, args.H = options.H, args.Hk = options.Hk;
  args.Tq = options.Tq, args.Tk = options.Tk, args.D = options.D;
  args.element = options.element;
  args.kind = options.kind;
  args.magnitude = options.magnitude;
  args.layout = options.layout;
  args.scale = 1 / std::sqrt(static_cast<float>(options.D));
  args.causal = options.causal;
  args.window = options.window;
  if (delta.empty()) return;
  d_delta_parts.resize(delta_part_floats(args));
  d_query_phase.resize(options.B * blocks_of(options.Tq) * options.H * options.D);
}

void AttentionProblem::point() {
  const auto data = [](auto& buffer) { return buffer.empty() ? nullptr : buffer.data(); };
  const bool by_string = options.rows == TableUse::rows_of_strings;
  args.table = data(table);
  args.query_rows = {data(query_row), by_string ? options.Tq : 0};
  args.key_rows = {data(key_row), by_string ? options.Tk : 0};
  args.delta = data(delta);
  args.bias = data(bias);
  args.query = query.readable(), args.key = key.readable(), args.value = value.readable();
  args.output = output.writable();
  args.lse = lse.data();
  gradients.d_output = d_output.readable();
  gradients.d_query = d_query.writable();
  gradients.d_key = d_key.writable();
  gradients.d_value = d_value.writable();
  gradients.d_delta = data(d_delta);
  gradients.d_delta_parts = data(d_delta_parts);
  gradients.d_query_phase = data(d_query_phase);
  forget();
}

void AttentionProblem::forget() {
  for (auto* const rows : {&output, &d_query, &d_key, &d_value}) {
    std::ranges::fill(rows->bits, kUnwritten);
  }
  for (auto* const numbers : {&lse, &d_delta, &d_delta_parts, &d_query_phase}) {
    std::ranges::fill(*numbers, kNaN);
  }
}

AttentionAnswer AttentionProblem::reference() const {
  return attention_in_double(args, angle.data(), &gradients.d_output);
}

AttentionAnswer AttentionProblem::answer() const {
  AttentionAnswer answer;
  widen(options.element, output, answer.output);
  widen(options.element, d_query, answer.d_query);
  widen(options.element, d_key, answer.d_key);
  widen(options.element, d_value, answer.d_value);
  answer.lse.assign(lse.begin(), lse.end());
  answer.d_delta.assign(d_delta.begin(), d_delta.end());
  return answer;
}

std::vector<double> AttentionProblem::delta_from_queries() const {
  std::vector<double> sum(delta.size());
  const int64_t D = options.D, shared = options.H / options.Hk;
  for (size_t i = 0; i < d_query_phase.size(); ++i) {
    const auto f = static_cast<int64_t>(i) % D, head = static_cast<int64_t>(i) / D % options.H;
    sum[head / shared * D + f] -= d_query_phase[i];
  }
  for (size_t i = 0; i < sum.size(); ++i) {
    if (delta[i] > 0 || delta[i] < -2 * std::numbers::pi_v<float>) sum[i] = 0;
  }
  return sum;
}

}  // namespace ww::kernels::cuda
