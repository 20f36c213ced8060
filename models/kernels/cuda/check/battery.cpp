// battery.cpp: the problems that attention is held against its reference with, and how near it has
// to come.

#include <cmath>

#include "models/kernels/cuda/check/problem.hpp"

namespace ww::kernels::cuda {

namespace {

constexpr int64_t kLengths[] = {1, 15, 16, 17, 31, 33, 56, 65};

/// Every kind with every element and head width, lengths in turn.
void add_widths(std::vector<ProblemOptions>& all) {
  size_t next = 0;
  for (const auto kind : {Kind::none, Kind::pairs, Kind::polar}) {
    for (const auto element : {Element::bfloat16, Element::float16}) {
      for (const int64_t D : {32, 64, 96, 128}) {
        ProblemOptions o;
        o.name = "width";
        o.kind = kind, o.element = element, o.D = D;
        o.H = o.Hk = 1 + static_cast<int64_t>(next % 2);
        o.Tq = o.Tk = D == 96 ? 65 : kLengths[next++ % 8] + 16;
        o.delta = kind == Kind::polar ? Delta::inside : Delta::none;
        all.push_back(o);
      }
    }
  }
}

/// Every length with every kind, and queries that are fewer or more than keys.
void add_lengths(std::vector<ProblemOptions>& all) {
  for (const auto kind : {Kind::none, Kind::pairs, Kind::polar}) {
    for (const int64_t T : kLengths) {
      ProblemOptions o;
      o.name = "length";
      o.kind = kind, o.Tq = o.Tk = T;
      o.B = 3, o.H = o.Hk = 1;
      all.push_back(o);
    }
    for (const auto& [Tq, Tk] :
         {std::pair<int64_t, int64_t>{5, 70}, {17, 65}, {70, 33}, {130, 20}}) {
      for (const bool causal : {true, false}) {
        ProblemOptions o;
        o.name = "rectangle";
        o.kind = kind, o.Tq = Tq, o.Tk = Tk, o.causal = causal;
        o.layout = PairLayout::adjacent;
        all.push_back(o);
      }
    }
  }
}

void add_turning(std::vector<ProblemOptions>& all) {
  for (const auto magnitude : {Magnitude::softplus, Magnitude::relu, Magnitude::identity}) {
    for (const auto delta : {Delta::none, Delta::inside, Delta::some_held}) {
      ProblemOptions o;
      o.name = "magnitude";
      o.magnitude = magnitude, o.delta = delta;
      o.element = delta == Delta::inside ? Element::float16 : Element::bfloat16;
      all.push_back(o);
    }
  }
  for (const auto kind : {Kind::pairs, Kind::polar}) {
    for (const auto rows : {TableUse::shared_rows, TableUse::rows_of_strings}) {
      ProblemOptions o;
      o.name = "table rows";
      o.kind = kind, o.rows = rows, o.D = 64;
      o.layout = rows == TableUse::shared_rows ? PairLayout::adjacent : PairLayout::half;
      all.push_back(o);
    }
  }
}

void add_sights(std::vector<ProblemOptions>& all) {
  for (const auto kind : {Kind::none, Kind::polar}) {
    for (const int64_t window : {1, 5, 64, 100}) {
      ProblemOptions o;
      o.name = "window";
      o.kind = kind, o.window = window, o.Tq = o.Tk = 140;
      o.B = o.H = o.Hk = 1;
      if (window == 64) o.Tq = 70;
      all.push_back(o);
    }
    for (const auto bias : {BiasUse::shared,
                            BiasUse::of_heads,
                            BiasUse::of_strings,
                            BiasUse::of_both,
                            BiasUse::blocks}) {
      ProblemOptions o;
      o.name = "bias";
      o.kind = kind, o.bias = bias;
      o.causal = bias == BiasUse::of_heads || bias == BiasUse::blocks;
      o.Tk = bias == BiasUse::of_strings ? 40 : 33;
      all.push_back(o);
    }
  }
}

void add_groups(std::vector<ProblemOptions>& all) {
  for (const auto kind : {Kind::none, Kind::pairs, Kind::polar}) {
    for (const int64_t Hk : {1, 2}) {
      ProblemOptions o;
      o.name = "grouped";
      o.kind = kind, o.H = 4, o.Hk = Hk, o.Tq = o.Tk = 70;
      o.bias = Hk == 2 ? BiasUse::of_both : BiasUse::none;
      o.delta = kind == Kind::polar ? Delta::inside : Delta::none;
      all.push_back(o);
    }
  }
}

}  // namespace

const std::vector<ProblemOptions>& attention_problems() {
  static const auto all = [] {
    std::vector<ProblemOptions> made;
    add_widths(made);
    add_lengths(made);
    add_turning(made);
    add_sights(made);
    add_groups(made);
    for (size_t i = 0; i < made.size(); ++i) made[i].seed = static_cast<unsigned>(7 * i + 1);
    return made;
  }();
  return all;
}

namespace {

double relative(const std::vector<double>& x, const std::vector<double>& reference) {
  double error = 0, size = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    error += (x[i] - reference[i]) * (x[i] - reference[i]);
    size += reference[i] * reference[i];
  }
  return std::sqrt(size > 0 ? error / size : error);
}

/// Rows that see nothing must agree exactly.
double largest_difference(const std::vector<double>& x, const std::vector<double>& reference) {
  double most = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double difference = x[i] == reference[i] ? 0 : std::abs(x[i] - reference[i]);
    most = std::isnan(difference) || std::isnan(most) ? NAN : std::max(most, difference);
  }
  return most;
}

}  // namespace

std::vector<Distance> distances(Element element,
                                const AttentionAnswer& answer,
                                const AttentionAnswer& reference) {
  const double unit = element == Element::bfloat16 ? 1 : 1.0 / 8;  // float16: three bits more
  std::vector<Distance> all = {
      {"output", relative(answer.output, reference.output), 5e-3 * unit},
      {"lse", largest_difference(answer.lse, reference.lse), 2e-2 * unit},
      {"d_query", relative(answer.d_query, reference.d_query), 8e-3 * unit},
      {"d_key", relative(answer.d_key, reference.d_key), 6e-3 * unit},
      {"d_value", relative(answer.d_value, reference.d_value), 5e-3 * unit}};
  if (!answer.d_delta.empty()) {
    all.push_back({"d_delta", relative(answer.d_delta, reference.d_delta), 1e-2 * unit});
  }
  return all;
}

}  // namespace ww::kernels::cuda
