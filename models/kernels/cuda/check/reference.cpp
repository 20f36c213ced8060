#include "models/kernels/cuda/check/reference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "models/kernels/cuda/host/floats.hpp"

namespace ww::kernels::cuda {

namespace {

constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();

/// Row of a tensor as numbers.
template <typename Data>
std::vector<double> numbers(
    const DeviceAttention& a, const HeadTensor<Data>& x, int64_t b, int64_t h, int64_t t) {
  std::vector<double> row(static_cast<size_t>(a.D));
  const auto* const data = x.data + b * x.string + h * x.head + t * x.place;
  for (int64_t d = 0; d < a.D; ++d) row[d] = host::from_element(a.element, data[d]);
  return row;
}

double magnitude(Magnitude kind, double x) {
  if (kind == Magnitude::softplus) return std::max(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
  return kind == Magnitude::relu ? std::max(x, 0.0) : x;
}
double slope(Magnitude kind, double x) {
  if (kind == Magnitude::softplus) return 1 / (1 + std::exp(-x));
  return kind == Magnitude::relu && x <= 0 ? 0 : 1;
}

/// One row of queries or keys as complex numbers at angles.
struct Turned {
  std::vector<double> real, imaginary, angle;  // [F]
  std::vector<double> features;                // [D]
};

/// The features of frequency f: real and imaginary part.
std::pair<int64_t, int64_t> features_of(const DeviceAttention& a, int64_t f) {
  const bool adjacent = a.kind == Kind::pairs && a.layout == PairLayout::adjacent;
  return adjacent ? std::pair{2 * f, 2 * f + 1} : std::pair{f, f + a.D / 2};
}

Turned turned(const DeviceAttention& a, std::vector<double> features, const double* angle) {
  const bool polar = a.kind == Kind::polar;
  Turned row{{}, {}, {}, std::move(features)};
  for (int64_t f = 0; f < (polar ? a.D : a.D / 2); ++f) {
    const auto [x, y] = features_of(a, f);
    row.real.push_back(polar ? magnitude(a.magnitude, row.features[f]) : row.features[x]);
    row.imaginary.push_back(polar ? 0 : row.features[y]);
    row.angle.push_back(a.kind == Kind::none ? 0 : angle[f]);
  }
  return row;
}

const double* angles_of(const DeviceAttention& a,
                        const double* angle,
                        const TableRows& rows,
                        int64_t b,
                        int64_t t,
                        int64_t shift) {
  if (a.kind == Kind::none) return nullptr;
  const int64_t row =
      rows.row == nullptr ? t + std::max<int64_t>(shift, 0) : rows.row[b * rows.string + t];
  return angle + row * (a.kind == Kind::polar ? a.D : a.D / 2);
}

bool sees(const DeviceAttention& a, int64_t query, int64_t key) {
  const int64_t back = query + a.Tk - a.Tq - key;
  return !a.causal || (back >= 0 && (a.window == 0 || back < a.window));
}

/// One head of one string: keys and values are read once, queries one after another.
class Head {
 public:
  Head(const DeviceAttention& a, const double* angle, int64_t b, int64_t h);
  void attend(AttentionAnswer& answer, const Readable* d_output);

 private:
  void add_scores(const Turned& query, int64_t t);
  double normalise();
  void go_back(AttentionAnswer& answer, const Turned& query, const double* d_output, int64_t t);
  void turn_back(AttentionAnswer& answer, const Turned& query, double d, int64_t t, int64_t s);
  double* row_of(
      std::vector<double>& x, int64_t heads, int64_t h, int64_t places, int64_t t) const {
    return x.data() + ((b_ * heads + h) * places + t) * a_.D;
  }
  double delta(int64_t f) const {
    if (a_.delta == nullptr) return 0;
    return std::clamp<double>(a_.delta[key_head_ * a_.D + f], -2 * std::numbers::pi, 0);
  }
  bool delta_is_free(int64_t f) const {
    const double delta = a_.delta[key_head_ * a_.D + f];
    return delta >= static_cast<float>(-2 * std::numbers::pi) && delta <= 0;
  }

  const DeviceAttention& a_;
  const double* angle_;
  int64_t b_, h_, key_head_;
  std::vector<Turned> keys_;                 // [Tk]
  std::vector<std::vector<double>> values_;  // [Tk][D]
  std::vector<double> pattern_;              // of one query, [Tk]
  std::vector<std::vector<std::pair<double, double>>>
      turn_;  // cosine, sine of each key and frequency
};

Head::Head(const DeviceAttention& a, const double* angle, int64_t b, int64_t h)
    : a_(a), angle_(angle), b_(b), h_(h), key_head_(h / (a.H / a.Hk)), turn_(a.Tk) {
  for (int64_t s = 0; s < a.Tk; ++s) {
    const auto* const angles = angles_of(a, angle, a.key_rows, b, s, a.Tq - a.Tk);
    keys_.push_back(turned(a, numbers(a, a.key, b, key_head_, s), angles));
    values_.push_back(numbers(a, a.value, b, key_head_, s));
  }
}

void Head::add_scores(const Turned& query, int64_t t) {
  pattern_.assign(a_.Tk, kMinusInfinity);
  for (int64_t s = 0; s < a_.Tk; ++s) {
    if (!sees(a_, t, s)) continue;
    const auto& key = keys_[s];
    double sum = 0;
    turn_[s].clear();
    for (size_t f = 0; f < query.real.size(); ++f) {
      const double phase = key.angle[f] - query.angle[f] + delta(static_cast<int64_t>(f));
      const double c = std::cos(phase), sine = std::sin(phase);
      turn_[s].emplace_back(c, sine);
      sum += (query.real[f] * key.real[f] + query.imaginary[f] * key.imaginary[f]) * c -
             (query.real[f] * key.imaginary[f] - query.imaginary[f] * key.real[f]) * sine;
    }
    pattern_[s] = a_.scale * sum;
    if (a_.bias == nullptr) continue;
    pattern_[s] += a_.bias[b_ * a_.bias_string + h_ * a_.bias_head + t * a_.bias_row + s];
  }
}

/// Scores become the pattern; returns lse.
double Head::normalise() {
  const double largest = *std::ranges::max_element(pattern_);
  if (largest == kMinusInfinity) {
    std::ranges::fill(pattern_, 0.0);
    return kMinusInfinity;
  }
  double sum = 0;
  for (auto& p : pattern_) sum += p = std::exp(p - largest);
  for (auto& p : pattern_) p /= sum;
  return largest + std::log(sum);
}

/// What score (t, s) does to features and phases, times its gradient d.
void Head::turn_back(AttentionAnswer& answer, const Turned& query, double d, int64_t t, int64_t s) {
  const auto& key = keys_[s];
  double* const d_query = row_of(answer.d_query, a_.H, h_, a_.Tq, t);
  double* const d_key = row_of(answer.d_key, a_.Hk, key_head_, a_.Tk, s);
  for (size_t f = 0; f < query.real.size(); ++f) {
    const double qx = query.real[f], qy = query.imaginary[f];
    const double kx = key.real[f], ky = key.imaginary[f];
    const auto [c, sine] = turn_[s][f];
    const auto frequency = static_cast<int64_t>(f);
    if (a_.kind == Kind::polar) {
      d_query[f] += d * kx * c * slope(a_.magnitude, query.features[f]);
      d_key[f] += d * qx * c * slope(a_.magnitude, key.features[f]);
      if (a_.delta == nullptr || !delta_is_free(frequency)) continue;
      answer.d_delta[key_head_ * a_.D + frequency] -= d * qx * kx * sine;
      continue;
    }
    const auto [x, y] = features_of(a_, frequency);
    d_query[x] += d * (kx * c - ky * sine);
    d_query[y] += d * (ky * c + kx * sine);
    d_key[x] += d * (qx * c + qy * sine);
    d_key[y] += d * (qy * c - qx * sine);
  }
}

void Head::go_back(AttentionAnswer& answer,
                   const Turned& query,
                   const double* d_output,
                   int64_t t) {
  const double* const output = row_of(answer.output, a_.H, h_, a_.Tq, t);
  double mean = 0;
  for (int64_t c = 0; c < a_.D; ++c) mean += output[c] * d_output[c];
  for (int64_t s = 0; s < a_.Tk; ++s) {
    if (!sees(a_, t, s)) continue;
    double* const d_value = row_of(answer.d_value, a_.Hk, key_head_, a_.Tk, s);
    double d_pattern = 0;
    for (int64_t c = 0; c < a_.D; ++c) {
      d_pattern += d_output[c] * values_[s][c];
      d_value[c] += pattern_[s] * d_output[c];
    }
    turn_back(answer, query, a_.scale * pattern_[s] * (d_pattern - mean), t, s);
  }
}

void Head::attend(AttentionAnswer& answer, const Readable* d_output) {
  for (int64_t t = 0; t < a_.Tq; ++t) {
    const auto* const angles = angles_of(a_, angle_, a_.query_rows, b_, t, a_.Tk - a_.Tq);
    const auto query = turned(a_, numbers(a_, a_.query, b_, h_, t), angles);
    add_scores(query, t);
    answer.lse[(b_ * a_.H + h_) * a_.Tq + t] = normalise();
    double* const output = row_of(answer.output, a_.H, h_, a_.Tq, t);
    for (int64_t s = 0; s < a_.Tk; ++s) {
      for (int64_t c = 0; c < a_.D; ++c) output[c] += pattern_[s] * values_[s][c];
    }
    if (d_output == nullptr) continue;
    go_back(answer, query, numbers(a_, *d_output, b_, h_, t).data(), t);
  }
}

}  // namespace

AttentionAnswer attention_in_double(const DeviceAttention& a,
                                    const double* angle,
                                    const Readable* d_output) {
  AttentionAnswer answer;
  answer.output.resize(a.B * a.H * a.Tq * a.D);
  answer.lse.resize(a.B * a.H * a.Tq);
  if (d_output != nullptr) {
    answer.d_query.resize(answer.output.size());
    answer.d_key.resize(a.B * a.Hk * a.Tk * a.D);
    answer.d_value.resize(answer.d_key.size());
    if (a.delta != nullptr) answer.d_delta.resize(a.Hk * a.D);
  }
  for (int64_t b = 0; b < a.B; ++b) {
    for (int64_t h = 0; h < a.H; ++h) Head(a, angle, b, h).attend(answer, d_output);
  }
  return answer;
}

}  // namespace ww::kernels::cuda
