// batch.hpp: samples side by side as plain integers, of one shape, never padded.
//
// Indices come in cohorts of G strings that share a shape. Which strings a step sees depends on the
// data counter alone: not on batch size, threads, device or where a run was resumed.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tasks/task.hpp"

namespace ww {

constexpr int kMostQueries = 4096;  // questions after a string: attention grows with their square

/// Which strings: the split, the seed of its streams, and how indices fall into cohorts.
struct Stream {
  Split split = Split::train;
  uint64_t seed = 0;
  int cohort = 1;        // G, strings of one shape
  int queries = 1;       // Q, questions after each string
  uint64_t strings = 0;  // 0: fresh strings for ever; else a fixed set, reshuffled each epoch
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
  std::vector<uint64_t> index;               // [B]: which samples of the stream they are
};

/// The task's text with ` G=32 v=1`: what names a stream's draws, and what a record states.
std::string stream_text(const Task& task, const Stream& stream);

/// The one split that a string of tokens can appear in, by its hash: an eighth of all strings is
/// val, an eighth test.
Split split_of(std::span<const int32_t> string);

/// Sample `index` of a stream, a pure function of the arguments. A fixed set numbers its strings
/// 0 .. strings - 1. Throws InputError where a string of the split can't be found in 10,000 draws.
Sample sample_at(const Task& task, const Stream& stream, uint64_t index);

/// The cohort that the data counter stands at, a multiple of G: strings counter .. counter + G - 1
/// of fresh data; of a fixed set those that the counter's epoch shows there.
Batch cohort_at(const Task& task, const Stream& stream, uint64_t counter);

/// Strings 0 .. count - 1 of a stream with G = 1, those of equal shape batched (at most `largest`
/// to a batch), for evaluation; every string is in exactly one batch.
std::vector<Batch> evaluation_batches(const Task& task,
                                      const Stream& stream,
                                      uint64_t count,
                                      int largest = 512);

}  // namespace ww
