#include "probes/arrays.hpp"

#include <ATen/ops/from_blob.h>

#include <numeric>

namespace ww {

Array to_array(std::vector<std::string> dims, const at::Tensor& values) {
  std::vector<double> data(static_cast<size_t>(values.numel()));
  at::from_blob(data.data(), values.sizes(), at::kDouble).copy_(values.detach());
  std::vector<size_t> shape(values.sizes().begin(), values.sizes().end());
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
