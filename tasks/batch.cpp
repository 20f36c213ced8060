#include "tasks/batch.hpp"

#include <map>
#include <numeric>
#include <utility>

#include "base/check.hpp"
#include "base/philox.hpp"

namespace ww {

namespace {

constexpr int kMostRedraws = 10'000;

Draw draw_for(const Task& task, const Stream& stream, const char* purpose, uint64_t index) {
  const auto name =
      fmt::format("{}|{}|{}", stream_text(task, stream), split_name(stream.split), purpose);
  return Draw(stream.seed, index, fnv32(name));
}

Shape shape_at(const Task& task, const Stream& stream, uint64_t index) {
  auto draw = draw_for(task, stream, "shape", index / stream.cohort);
  return task.draw_shape(draw, stream.queries);
}

Sample sample_of(const Task& task, const Stream& stream, const Shape& shape, uint64_t index) {
  auto draw = draw_for(task, stream, "sample", index);
  for (int redraw = 0; redraw < kMostRedraws; ++redraw) {
    auto sample = task.draw_sample(shape, draw);
    if (split_of(sample.string) == stream.split) return sample;
  }
  refuse("{}: no string of {} letters belongs to the {} split; are there too few strings?",
         task.text(),
         shape.n,
         split_name(stream.split));
}

void check_stream(const Stream& stream) {
  check(stream.cohort >= 1 && stream.queries >= 1,
        "[batch] a cohort needs at least one string and one query but got {} and {}",
        stream.cohort,
        stream.queries);
  check(stream.strings % stream.cohort == 0,
        "[batch] a fixed set must be whole cohorts of {} but has {} strings",
        stream.cohort,
        stream.strings);
}

/// Lays samples of one shape side by side.
Batch batch_of(const Shape& shape, std::vector<Sample> samples, std::vector<uint64_t> index) {
  Batch batch;
  batch.strings = static_cast<int>(samples.size());
  batch.queries = static_cast<int>(shape.blocks.size());
  batch.length = std::accumulate(shape.blocks.begin(), shape.blocks.end(), shape.n);
  for (int i = 0; i < shape.n; ++i) batch.position.push_back(i);
  batch.block.assign(shape.n, 0);
  for (int q = 0; q < batch.queries; ++q) {
    for (int i = 0; i < shape.blocks[q]; ++i) batch.position.push_back(shape.n + i);
    batch.block.insert(batch.block.end(), shape.blocks[q], q + 1);
    batch.graded.push_back(static_cast<int32_t>(batch.block.size()) - 1);
  }
  auto& tokens = batch.tokens;
  for (const auto& sample : samples) {
    tokens.insert(tokens.end(), sample.string.begin(), sample.string.end());
    for (const auto& query : sample.queries) {
      tokens.insert(tokens.end(), query.tokens.begin(), query.tokens.end());
      batch.answer.push_back(query.answer);
    }
  }
  batch.samples = std::move(samples);
  batch.index = std::move(index);
  return batch;
}

/// Which cohort a fixed set shows at step `cohort` of the data counter: an epoch visits
/// (a c + b) mod M, a coprime to M, both drawn per epoch.
uint64_t shuffled(const Task& task, const Stream& stream, uint64_t cohort) {
  const uint64_t M = stream.strings / stream.cohort;
  check(M < (uint64_t{1} << 32), "[batch] a fixed set has at most 2^32 cohorts but got {}", M);
  auto draw = draw_for(task, stream, "epoch", cohort / M);
  const uint64_t b = draw.below(static_cast<uint32_t>(M));
  uint64_t a = draw.below(static_cast<uint32_t>(M));
  while (std::gcd(a, M) != 1) a = draw.below(static_cast<uint32_t>(M));
  return (a * (cohort % M) + b) % M;
}

}  // namespace

const char* split_name(Split split) {
  constexpr const char* names[] = {"train", "val", "test"};
  return names[static_cast<size_t>(split)];
}

Split split_of(std::span<const int32_t> string) {
  const uint64_t part = splitmix64(fnv64(string)) % 8;
  return part == 0 ? Split::val : part == 1 ? Split::test : Split::train;
}

std::string stream_text(const Task& task, const Stream& stream) {
  return fmt::format("{} G={} v={}", task.text(), stream.cohort, task.version());
}

Sample sample_at(const Task& task, const Stream& stream, uint64_t index) {
  check_stream(stream);
  return sample_of(task, stream, shape_at(task, stream, index), index);
}

Batch cohort_at(const Task& task, const Stream& stream, uint64_t counter) {
  check_stream(stream);
  const uint64_t G = stream.cohort;
  check(
      counter % G == 0, "[batch] the data counter must be a multiple of {} but is {}", G, counter);
  const uint64_t cohort = counter / G;
  const uint64_t first = (stream.strings > 0 ? shuffled(task, stream, cohort) : cohort) * G;
  const auto shape = shape_at(task, stream, first);
  std::vector<Sample> samples;
  std::vector<uint64_t> index(G);
  std::iota(index.begin(), index.end(), first);
  for (const uint64_t i : index) samples.push_back(sample_of(task, stream, shape, i));
  return batch_of(shape, std::move(samples), std::move(index));
}

std::vector<Batch> evaluation_batches(const Task& task,
                                      const Stream& stream,
                                      uint64_t count,
                                      int largest) {
  check_stream(stream);
  check(largest >= 1, "[batch] a batch needs at least one string but got {}", largest);
  std::map<std::vector<int>, std::vector<uint64_t>> of_shape;  // n, blocks -> indices
  for (uint64_t i = 0; i < count; ++i) {
    const auto shape = shape_at(task, stream, i);
    auto key = shape.blocks;
    key.insert(key.begin(), shape.n);
    of_shape[key].push_back(i);
  }
  std::vector<Batch> batches;
  for (const auto& [key, all] : of_shape) {
    const Shape shape{key.front(), {key.begin() + 1, key.end()}};
    for (size_t begin = 0; begin < all.size(); begin += largest) {
      const size_t end = std::min(all.size(), begin + largest);
      std::vector<uint64_t> index(all.begin() + begin, all.begin() + end);
      std::vector<Sample> samples;
      for (const uint64_t i : index) samples.push_back(sample_of(task, stream, shape, i));
      batches.push_back(batch_of(shape, std::move(samples), std::move(index)));
    }
  }
  return batches;
}

}  // namespace ww
