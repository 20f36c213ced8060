// batch.hpp: samples side by side as plain integers, of one shape, never padded.
//
// Indices come in cohorts of G strings that share a shape. Which strings a step sees depends on the
// data counter alone: not on batch size, threads, device or where a run was resumed.
#pragma once

#include <cstdint>
#include <vector>

#include "tasks/task.hpp"

namespace ww {

/// Which strings: the split, the seed of its streams, and how indices fall into cohorts.
struct Stream {
  Split split = Split::train;
  uint64_t seed = 0;
  int cohort = 1;           // G, strings of one shape
  int queries = 1;          // Q, questions after each string
  uint64_t strings = 0;     // 0: fresh strings for ever; else a fixed set, reshuffled each epoch
};

/// B strings of one shape. Row-major; the position and block ids are shared by all rows.
struct Batch {
  int strings = 0, length = 0, queries = 0;  // B, T, Q
  std::vector<int32_t> tokens;               // [B, T]
  std::vector<int32_t> position;             // [T]: 0..n-1, then every block n, n+1, ..
  std::vector<int32_t> block;                // [T]: 0 in the string, q + 1 in block q
  std::vector<int32_t> graded;               // [Q]: row of each block's last token
  std::vector<int32_t> answer;               // [B, Q]
  std::vector<Sample> samples;               // [B]: the facts behind every answer
};

/// Sample `index` of a stream, a pure function of the arguments. Throws InputError where a string
/// of the split's class can't be found in 10,000 draws.
Sample sample_at(const Task& task, const Stream& stream, uint64_t index);

/// The cohort that holds strings counter .. counter + G - 1; counter is a multiple of G.
Batch cohort_at(const Task& task, const Stream& stream, uint64_t counter);

/// Strings 0 .. count - 1 of a stream with G = 1, those of equal shape batched (at most `largest`
/// to a batch), for evaluation; every string is in exactly one batch.
std::vector<Batch> evaluation_batches(const Task& task,
                                      const Stream& stream,
                                      uint64_t count,
                                      int largest = 512);

}  // namespace ww
