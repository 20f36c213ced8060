// problem.hpp: inputs for the attention kernels on the host, drawn from a seed, with room for their
// answers. Rows have NaN between them, and so have answers before they are written.
#pragma once

#include <string>
#include <vector>

#include "models/kernels/cuda/check/reference.hpp"

namespace ww::kernels::cuda {

enum class Delta { none, inside, some_held };  // some_held: some outside [-2 pi, 0]
enum class TableUse { places, shared_rows, rows_of_strings };
enum class BiasUse { none, shared, of_heads, of_strings, of_both, blocks };  // blocks: -inf masks

struct ProblemOptions {
  std::string name = {};
  Element element = Element::bfloat16;
  Kind kind = Kind::polar;
  int64_t B = 2, H = 2, Hk = 2, Tq = 33, Tk = 33, D = 32;
  bool causal = true;
  int64_t window = 0;
  Magnitude magnitude = Magnitude::softplus;
  PairLayout layout = PairLayout::half;
  Delta delta = Delta::none;
  TableUse rows = TableUse::places;
  BiasUse bias = BiasUse::none;
  unsigned seed = 1;
};

/// One tensor [B, T, H, D] of 16-bit numbers with 8 numbers of 0xFFFF after each row.
struct Rows {
  std::vector<uint16_t> bits;
  int64_t B, H, T, D;

  Rows(int64_t strings, int64_t heads, int64_t places, int64_t width);
  uint16_t& at(int64_t b, int64_t h, int64_t t, int64_t d);
  int64_t place() const { return H * D + 8; }
  Readable readable() const { return {bits.data(), T * place(), D, place()}; }
  Writable writable() { return {bits.data(), T * place(), D, place()}; }
};

/// Buffers and the arguments that point at them; not to be copied.
class AttentionProblem {
 public:
  explicit AttentionProblem(const ProblemOptions& wanted);
  AttentionProblem(const AttentionProblem&) = delete;
  AttentionProblem& operator=(const AttentionProblem&) = delete;

  AttentionAnswer reference() const;
  /// What the kernels wrote, in the reference's order.
  AttentionAnswer answer() const;
  /// Minus the sum of what query turning leaves of delta's gradient, clamped: [Hk, F].
  std::vector<double> delta_from_queries() const;
  /// Answers become NaN again.
  void forget();

  ProblemOptions options;
  DeviceAttention args;
  DeviceAttentionGradients gradients;
  Rows query, key, value, output, d_output, d_query, d_key, d_value;
  std::vector<double> angle;  // [table_rows, F], rad
  std::vector<float> table, delta, bias, lse, d_delta, d_delta_parts, d_query_phase;
  std::vector<int32_t> query_row, key_row;

 private:
  void draw_features();
  void draw_angles();
  void draw_delta();
  void draw_bias();
  void set_sizes();
  void point();
};

/// One tensor's distance from the reference: relative, or absolute where the reference is 0.
struct Distance {
  const char* tensor;
  double error, allowed;
  bool holds() const { return error <= allowed; }  // false of a NaN
};

/// Relative L2 distances of every tensor (lse: the largest absolute one) beside what is allowed.
std::vector<Distance> distances(Element element,
                                const AttentionAnswer& answer,
                                const AttentionAnswer& reference);

/// What the tests and gpu-check go through: every kind, element, width, magnitude, layout, ragged
/// length, mask, bias and grouping.
const std::vector<ProblemOptions>& attention_problems();

}  // namespace ww::kernels::cuda
