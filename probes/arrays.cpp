#include "probes/arrays.hpp"

#include <numeric>

namespace ww {

Array to_array(std::vector<std::string> dims, const at::Tensor& values) {
  const auto host = values.detach().to(at::kCPU, at::kDouble).contiguous();
  const auto* const data = host.const_data_ptr<double>();
  std::vector<size_t> shape(host.sizes().begin(), host.sizes().end());
  return {std::move(dims), std::move(shape), {data, data + host.numel()}};
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
