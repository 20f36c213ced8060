#include "probes/arrays.hpp"

#include <ATen/ops/from_blob.h>

#include <numeric>

namespace ww {

namespace {

/// Behind those that are there.
void append(std::vector<double>& data, const at::Tensor& values) {
  const auto from = data.size();
  data.resize(from + static_cast<size_t>(values.numel()));
  at::from_blob(data.data() + from, values.sizes(), at::kDouble).copy_(values.detach());
}

}  // namespace

Array to_array(std::vector<std::string> dims, const at::Tensor& values) {
  std::vector<double> data;
  append(data, values);
  return {std::move(dims), {values.sizes().begin(), values.sizes().end()}, std::move(data)};
}

Array to_array(std::vector<std::string> dims, const std::vector<at::Tensor>& layers) {
  const auto& one = layers.front();
  std::vector<size_t> shape = {layers.size()};
  shape.insert(shape.end(), one.sizes().begin(), one.sizes().end());
  std::vector<double> data;
  data.reserve(layers.size() * static_cast<size_t>(one.numel()));
  for (const auto& layer : layers) append(data, layer);
  return {std::move(dims), std::move(shape), std::move(data)};
}

Array counted(const std::string& dim, int64_t count) {
  std::vector<double> values(static_cast<size_t>(count));
  std::iota(values.begin(), values.end(), 0.0);
  return {{dim}, {values.size()}, std::move(values)};
}

Array coordinate(const std::string& dim, const std::vector<int64_t>& values) {
  return {{dim}, {values.size()}, {values.begin(), values.end()}};
}

}  // namespace ww
