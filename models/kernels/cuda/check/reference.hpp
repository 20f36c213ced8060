// reference.hpp: attention of models/kernels/cuda/attention.hpp by its definition, in double, one
// pair of places after another, from the same rounded features. Queries and keys are complex
// numbers z, a frequency each (polar: real, the magnitude), turned by angles that were never
// rounded:
//
//   score_ts = scale sum_f Re( conj(zq_tf) zk_sf e^{i (angle_s - angle_t + delta_f)} ) + bias_ts
#pragma once

#include <vector>

#include "models/kernels/cuda/attention.hpp"

namespace ww::kernels::cuda {

/// Contiguous: output and d_query [B, H, Tq, D], lse [B, H, Tq], d_key and d_value [B, Hk, Tk, D],
/// d_delta [Hk, F]; gradients are empty where there is no d_output.
struct AttentionAnswer {
  std::vector<double> output, lse, d_query, d_key, d_value, d_delta;
};

/// `a` and d_output (or null) on the host; a.table is not read, but angle [table_rows, F], rad.
AttentionAnswer attention_in_double(const DeviceAttention& a,
                                    const double* angle,
                                    const Readable* d_output);

}  // namespace ww::kernels::cuda
