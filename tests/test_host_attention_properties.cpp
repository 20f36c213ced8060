// test_host_attention_properties.cpp: what attention must keep at any precision, of the CUDA
// kernels run on the host.

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/kernels/cuda/host/floats.hpp"
#include "tests/catch.hpp"
#include "tests/host_attention.hpp"

using namespace ww;
using namespace ww::kernels;
using namespace ww::kernels::cuda;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

double difference(const std::vector<double>& x, const std::vector<double>& y) {
  double error = 0, size = 0;
  for (size_t i = 0; i < y.size(); ++i) {
    error += (x[i] - y[i]) * (x[i] - y[i]);
    size += y[i] * y[i];
  }
  return std::sqrt(error / size);
}

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = {Kind::none, Kind::pairs, Kind::polar};
  return all;
}

ProblemOptions with_kind(Kind kind) {
  ProblemOptions o;
  o.kind = kind, o.D = 64, o.Tq = o.Tk = 70;
  o.delta = kind == Kind::polar ? Delta::inside : Delta::none;
  return o;
}

void fill(AttentionProblem& problem, Rows& rows, float value) {
  const uint16_t bits = host::to_element(problem.options.element, value);
  for (int64_t b = 0; b < rows.B; ++b) {
    for (int64_t t = 0; t < rows.T; ++t) std::fill_n(&rows.at(b, 0, t, 0), rows.H * rows.D, bits);
  }
}

/// String b of `from` becomes string `to_b` of `to`, as many places as both have.
void copy_string(Rows& from, int64_t b, Rows& to, int64_t to_b) {
  for (int64_t t = 0; t < std::min(from.T, to.T); ++t) {
    std::copy_n(&from.at(b, 0, t, 0), from.H * from.D, &to.at(to_b, 0, t, 0));
  }
}

/// Whether a string's places have the same bits.
bool same_string(Rows& x, int64_t b, Rows& y, int64_t y_b) {
  bool same = true;
  for (int64_t t = 0; t < std::min(x.T, y.T); ++t) {
    same =
        same && std::equal(&x.at(b, 0, t, 0), &x.at(b, 0, t, 0) + x.H * x.D, &y.at(y_b, 0, t, 0));
  }
  return same;
}

/// A string's queries, keys, values and gradients of outputs.
void copy_inputs(AttentionProblem& from, int64_t b, AttentionProblem& to, int64_t to_b) {
  copy_string(from.query, b, to.query, to_b);
  copy_string(from.key, b, to.key, to_b);
  copy_string(from.value, b, to.value, to_b);
  copy_string(from.d_output, b, to.d_output, to_b);
}

/// A string's outputs and gradients must have the same bits.
void check_same(AttentionProblem& x, int64_t b, AttentionProblem& y, int64_t y_b) {
  CHECK(same_string(x.output, b, y.output, y_b));
  CHECK(same_string(x.d_query, b, y.d_query, y_b));
  CHECK(same_string(x.d_key, b, y.d_key, y_b));
  CHECK(same_string(x.d_value, b, y.d_value, y_b));
}

}  // namespace

TEST_CASE("Turning keys and turning queries give the same gradient of delta", "[host-cuda]") {
  for (const auto delta : {Delta::inside, Delta::some_held}) {
    auto options = with_kind(Kind::polar);
    options.delta = delta, options.H = 4;
    AttentionProblem problem(options);
    test::solve(problem);
    const std::vector<double> from_keys(problem.d_delta.begin(), problem.d_delta.end());
    CHECK(difference(problem.delta_from_queries(), from_keys) < 1e-2);
    for (size_t i = 0; i < problem.delta.size(); ++i) {
      if (problem.delta[i] > 0 || problem.delta[i] < -6.2831855F) CHECK(from_keys[i] == 0);
    }
  }
}

TEST_CASE("Rows of the pattern sum to 1", "[host-cuda]") {
  for (const auto kind : kinds()) {
    AttentionProblem problem(with_kind(kind));
    fill(problem, problem.value, 1);
    test::host_forward(problem.args);
    for (const double o : problem.answer().output) {
      if (std::abs(o - 1) > 5e-3) FAIL("a row sums to " << o);
    }
    SUCCEED();
  }
}

TEST_CASE("A constant added to all positions changes nothing", "[host-cuda]") {
  for (const auto kind : {Kind::pairs, Kind::polar}) {
    auto options = with_kind(kind);
    options.rows = TableUse::shared_rows;
    AttentionProblem here(options), there(options);
    for (auto* const rows : {&here.query_row, &here.key_row, &there.query_row, &there.key_row}) {
      for (size_t i = 0; i < rows->size(); ++i) (*rows)[i] = static_cast<int32_t>(i);
    }
    for (auto* const rows : {&there.query_row, &there.key_row}) {
      for (auto& row : *rows) row += 60;
    }
    test::solve(here);
    test::solve(there);
    for (const auto& [tensor, error, allowed] :
         distances(options.element, there.answer(), here.answer())) {
      INFO(tensor << ": " << error);
      CHECK(error <= 2 * allowed);  // both are rounded
      if (std::string(tensor) != "lse") CHECK(error > 0);
    }
  }
}

TEST_CASE("Without angles every kind is a dot product", "[host-cuda]") {
  ProblemOptions options = with_kind(Kind::none);
  AttentionProblem plain(options);
  test::solve(plain);
  for (const auto kind : {Kind::pairs, Kind::polar}) {
    options.kind = kind, options.magnitude = Magnitude::identity;
    AttentionProblem problem(options);
    for (size_t i = 0; i < problem.table.size(); i += 2) {
      problem.table[i] = 1, problem.table[i + 1] = 0;
    }
    test::solve(problem);
    for (const auto& [tensor, error, allowed] :
         distances(options.element, problem.answer(), plain.answer())) {
      INFO(tensor << ": " << error);
      CHECK(error <= allowed / 4);  // inputs are exact, only sums have another order
    }
  }
}

TEST_CASE("Places that nobody sees change no bit", "[host-cuda]") {
  for (const auto kind : kinds()) {
    auto options = with_kind(kind);
    options.Tq = options.Tk = 50;
    AttentionProblem few(options);
    options.Tq = options.Tk = 150;
    AttentionProblem many(options);
    fill(many, many.d_output, 0);
    for (int64_t b = 0; b < options.B; ++b) copy_inputs(few, b, many, b);
    test::solve(few);
    test::solve(many);
    for (int64_t b = 0; b < options.B; ++b) {
      check_same(few, b, many, b);
    }
  }
}

TEST_CASE("Keys that a bias hides change no bit, and a bias can be the causal mask",
          "[host-cuda]") {
  for (const auto kind : kinds()) {
    auto options = with_kind(kind);
    options.bias = BiasUse::shared, options.causal = false, options.Tk = 150;
    AttentionProblem masked(options);
    options.bias = BiasUse::none, options.causal = true, options.Tk = 70;
    options.rows = TableUse::places;
    AttentionProblem causal(options);
    for (int64_t t = 0; t < 70; ++t) {
      for (int64_t s = 0; s < 150; ++s) masked.bias[t * 151 + s] = s <= t ? 0 : -kInfinity;
    }
    // queries stand at places 80 .. 149 where there are more keys: give them those of the others
    std::vector<int32_t> rows(150);
    for (int32_t i = 0; i < 150; ++i) rows[i] = i;
    if (kind != Kind::none) masked.args.query_rows.row = masked.args.key_rows.row = rows.data();
    for (int64_t b = 0; b < options.B; ++b) {
      copy_inputs(causal, b, masked, b);
    }
    test::solve(causal);
    test::solve(masked);
    for (int64_t b = 0; b < options.B; ++b) {
      check_same(causal, b, masked, b);
    }
  }
}

TEST_CASE("Strings in another order have the same bits", "[host-cuda]") {
  for (const auto kind : kinds()) {
    AttentionProblem one(with_kind(kind)), other(with_kind(kind));
    for (int64_t b = 0; b < 2; ++b) {
      copy_inputs(one, b, other, 1 - b);
    }
    test::solve(one);
    test::solve(other);
    for (int64_t b = 0; b < 2; ++b) {
      check_same(one, b, other, 1 - b);
    }
  }
}

TEST_CASE("The same call gives the same bits, and no gradient gives no gradient", "[host-cuda]") {
  for (const auto kind : kinds()) {
    AttentionProblem problem(with_kind(kind));
    test::solve(problem);
    const auto first = std::vector{problem.output.bits, problem.d_query.bits, problem.d_key.bits};
    const auto delta = problem.d_delta;
    problem.forget();
    test::solve(problem);
    CHECK(first == std::vector{problem.output.bits, problem.d_query.bits, problem.d_key.bits});
    CHECK(delta == problem.d_delta);
    fill(problem, problem.d_output, 0);
    test::solve(problem);
    const auto answer = problem.answer();
    for (const auto* const gradient :
         {&answer.d_query, &answer.d_key, &answer.d_value, &answer.d_delta}) {
      CHECK(std::ranges::all_of(*gradient, [](double x) { return x == 0; }));
    }
  }
}

TEST_CASE("Heads that share keys are heads with copies of them", "[host-cuda]") {
  for (const auto kind : kinds()) {
    auto options = with_kind(kind);
    options.delta = Delta::none, options.H = 4;
    AttentionProblem shared(options);
    options.Hk = 4;
    AttentionProblem copies(options);
    const std::pair<Rows*, Rows*> pairs[] = {{&shared.key, &copies.key},
                                             {&shared.value, &copies.value}};
    for (const auto& [from, to] : pairs) {
      for (int64_t i = 0; i < options.B * options.Tk * options.H; ++i) {
        const int64_t b = i / options.H / options.Tk, t = i / options.H % options.Tk;
        const int64_t h = i % options.H;
        std::copy_n(&from->at(b, 0, t, h / 2 * options.D), options.D, &to->at(b, h, t, 0));
      }
    }
    copies.query.bits = shared.query.bits;
    copies.d_output.bits = shared.d_output.bits;
    test::solve(shared);
    test::solve(copies);
    CHECK(shared.output.bits == copies.output.bits);
    CHECK(shared.d_query.bits == copies.d_query.bits);
  }
}

TEST_CASE("A NaN in a query reaches its own row and no other", "[host-cuda]") {
  for (const auto kind : kinds()) {
    AttentionProblem problem(with_kind(kind));
    problem.query.at(0, 1, 20, 3) = 0x7FFF;
    test::host_forward(problem.args);
    const auto output = problem.answer().output;
    const int64_t D = problem.options.D, T = problem.options.Tq;
    for (int64_t i = 0; i < static_cast<int64_t>(output.size()); ++i) {
      const int64_t row = i / D;
      if (std::isnan(output[i]) != (row == T + 20)) FAIL("row " << row);
    }
    CHECK(std::isnan(problem.lse[T + 20]));
  }
}

TEST_CASE("A table row that is not there gives NaN", "[host-cuda]") {
  auto options = with_kind(Kind::pairs);
  options.rows = TableUse::shared_rows;
  AttentionProblem problem(options);
  for (auto* const rows : {&problem.query_row, &problem.key_row}) {
    for (size_t i = 0; i < rows->size(); ++i) (*rows)[i] = static_cast<int32_t>(i) % 60;
  }
  problem.args.table += options.D;  // rows before and after are there, but not the table's
  problem.args.table_rows = 60;
  problem.query_row[9] = 60;
  problem.query_row[11] = -1;
  test::host_forward(problem.args);
  for (int64_t t = 0; t < options.Tq; ++t) {
    CHECK(std::isnan(problem.lse[t]) == (t == 9 || t == 11));
  }
}
