#include "models/places.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/philox.hpp"
#include "models/device.hpp"

namespace ww {

namespace {

at::Tensor as_long(const std::vector<int32_t>& ids) {
  const auto count = static_cast<int64_t>(ids.size());
  return at::from_blob(const_cast<int32_t*>(ids.data()), {count}, at::kInt).to(at::kLong);
}

}  // namespace

at::Tensor place_positions(const Batch& batch, const Run& run, Split split) {
  const auto range = static_cast<int>(run.options.random_positions);
  if (range == 0) return as_long(batch.position);
  const int needed = 1 + *std::ranges::max_element(batch.position);
  check(range >= needed,
        "--random-positions {} are fewer than the {} positions of a string with its block",
        range,
        needed);
  const auto stream = fnv32(fmt::format("positions|{}", split_name(split)));
  const auto seed = split == Split::train ? static_cast<uint64_t>(run.options.data_seed) : 0;
  auto positions = at::empty({batch.strings, batch.length}, at::kLong);
  auto* out = positions.mutable_data_ptr<int64_t>();
  for (const auto index : batch.index) {
    auto ids = Draw(seed, index, stream).distinct(range, needed);
    std::ranges::sort(ids);
    for (const auto place : batch.position) *out++ = ids[static_cast<size_t>(place)];
  }
  return positions;
}

void check_places(const Decoder& model, const Run& run) {
  const c10::NoGradGuard no_grad;
  const auto batch = cohort_at(*run.task, run.train_stream(), 0);
  auto input = to_input(batch, model.options().device());
  input.positions = place_positions(batch, run, Split::train);
  model.embed(input);
}

at::Tensor answers_of(const Batch& batch, at::Device device) {
  return send(as_long(batch.answer), device);
}

}  // namespace ww
