// run_state.hpp: where a training run stands, as state.safetensors keeps it beside the tensors.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/convergence.hpp"

namespace ww {

/// Where a run stands: what a resume must know beside the tensors.
struct RunState {
  int64_t step = 0, evaluated_at = 0;
  double seconds = 0;          // of all sessions together
  double loss_sum = 0;         // of the steps since evaluated_at, nats per answer
  double grad_norm = 0;        // of the last step, before clipping
  uint64_t record_length = 0;  // bytes of record.jsonl that belong to this state
  std::vector<Progress> history;

  nlohmann::json to_json() const;
  /// Throws InputError, beginning with `where`, for what is no state of a run of `steps` steps.
  static RunState from_json(const nlohmann::json& object, int64_t steps, const std::string& where);
  /// Throws InputError, beginning with `where`, for a state that no run of `steps` steps passes.
  void check_possible(int64_t steps, const std::string& where) const;
};

}  // namespace ww
