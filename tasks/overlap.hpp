// overlap.hpp: proof, by counting, that training never saw a string that it is tested on.
#pragma once

#include <cstdint>

#include "tasks/batch.hpp"

namespace ww {

struct Overlap {
  uint64_t train_strings = 0;  // looked at: the first of the stream, at most 10^7
  uint64_t repeats = 0;        // train strings that stood earlier in the stream
  uint64_t shared = 0;         // validation or test strings that training holds; must be 0
};

/// Compares the first `strings` of a training stream with the first `answers` of the validation and
/// of the test stream of evaluation seed `seed`.
Overlap count_overlap(
    const Task& task, const Stream& train, uint64_t strings, uint64_t answers, uint64_t seed = 0);

}  // namespace ww
