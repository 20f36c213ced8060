// gates.hpp: what the models must show before their training is believed; run with the task's gates
// at the head of every diagnosis.
#pragma once

#include <string>
#include <vector>

#include "models/run.hpp"
#include "tasks/gates.hpp"

namespace ww {

/// In this order, for one task (its cohorts, its vocabulary) under every encoding that is asked:
///   shuffled labels   trained on answers dealt to the wrong questions, a model answers no better
///                     than with nothing known, within 3 standard errors (first encoding only)
///   gradients         autograd against central differences in float64: cosine over 600 entries
///   causality         changing a token moves no logit before it
///   order             without any encoding, one layer answers alike for any order of the string
///   packing           queries packed after one string equal each of them alone
///   one place, kernels   see encoding_gates.hpp
///   parameters        counts differ by the encodings' own tensors only
///   resume            a run stopped and resumed ends in the same bits as one that was not
/// Runs are those of a diagnosis, one an encoding.
std::vector<Gate> model_gates(const std::vector<Run>& runs);

}  // namespace ww
