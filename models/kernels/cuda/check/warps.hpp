// warps.hpp: the functions of warp.cuh, called on drawn inputs by the host's version of a warp, and
// how near a GPU's answers come to its own.
#pragma once

#include <vector>

#include "models/kernels/cuda/check/problem.hpp"
#include "models/kernels/cuda/trial.hpp"

namespace ww::kernels::cuda {

/// [warps, 32]: normal numbers, masks 1, 2, 4, .. of one warp each.
std::vector<Trial> draw_trials(Element element, int warps, unsigned seed);

std::vector<Answer> host_answers(Element element, const std::vector<Trial>& trials);

/// The largest distances by function. Loads, shuffles and roundings must agree to the bit; products
/// may sum in another order; powers and logarithms differ in their last places.
std::vector<Distance> answer_distances(const std::vector<Answer>& answers,
                                       const std::vector<Answer>& host);

}  // namespace ww::kernels::cuda
