// effects.hpp: what an intervention costs, text by text, with its uncertainty.
#pragma once

#include <cstdint>
#include <vector>

#include "probes/walk.hpp"

namespace ww {

/// Loss with the intervention minus loss without, nats per prediction.
struct Effect {
  double mean = 0;            // ratio of sums over texts
  double low = 0, high = 0;   // 95 %, percentile bootstrap over texts, 10,000 resamples
  double error = 0;           // jackknife over texts; NaN for one
  std::vector<double> texts;  // of each; NaN where a text predicts nothing
};

/// The texts are the same in both.
Effect effect_of(const std::vector<TextLoss>& clean,
                 const std::vector<TextLoss>& edited,
                 uint64_t seed);

/// Its mean alone, where no interval is wanted.
double mean_effect(const std::vector<TextLoss>& clean, const std::vector<TextLoss>& edited);

struct Correlation {
  double rho = 0, low = 0, high = 0;  // 95 %, percentile bootstrap over pairs
};
Correlation correlation_of(const std::vector<double>& a,
                           const std::vector<double>& b,
                           uint64_t seed);

/// Spearman's rank correlation; ties share their mean rank. NaN where one side is constant.
double rank_correlation(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace ww
