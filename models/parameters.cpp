#include "models/parameters.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "base/philox.hpp"

namespace ww {

int64_t ParameterSpec::size() const {
  return std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
}

Parameters::Parameters(std::vector<ParameterSpec> specs, at::TensorOptions options)
    : specs_(std::move(specs)) {
  std::stable_partition(
      specs_.begin(), specs_.end(), [](const ParameterSpec& spec) { return spec.decays; });
  int64_t total = 0;
  for (const auto& spec : specs_) {
    total += spec.size();
    if (spec.decays) decayed_ = total;
  }
  values_ = at::zeros({total}, options);
  int64_t offset = 0;
  for (const auto& spec : specs_) {
    leaves_[spec.name] = values_.narrow(0, offset, spec.size()).view(spec.shape).detach();
    offset += spec.size();
  }
}

void Parameters::track_gradients() {
  gradients_ = at::zeros(values_.sizes(), values_.options());
  int64_t offset = 0;
  for (const auto& spec : specs_) {
    auto& leaf = leaves_.at(spec.name);
    leaf.set_requires_grad(true);
    leaf.mutable_grad() = gradients_.narrow(0, offset, spec.size()).view(spec.shape);
    offset += spec.size();
  }
}

double initial_deviation(int64_t width) {
  return 0.02 * std::sqrt(512.0 / static_cast<double>(width));
}

void Parameters::initialise(uint64_t seed, int64_t width, int64_t layers) {
  const double deviation = initial_deviation(width);
  const double output = deviation / std::sqrt(2.0 * static_cast<double>(layers));
  const auto draw = [&](Init init, uint32_t stream, uint64_t i) -> double {
    switch (init) {
      case Init::ones:
        return 1;
      case Init::zeros:
        return 0;
      case Init::normal:
        return deviation * normal_at(seed, stream, i);
      case Init::output:
        return output * normal_at(seed, stream, i);
      case Init::phase:
        return -2 * std::numbers::pi * uniform_at(seed, stream, i);
    }
    throw std::logic_error("a parameter without a start");
  };
  auto host = at::zeros(values_.sizes(), at::kDouble);
  auto* value = host.mutable_data_ptr<double>();
  for (const auto& spec : specs_) {
    const auto stream = fnv32(spec.name);
    const auto count = static_cast<uint64_t>(spec.size());
    for (uint64_t i = 0; i < count; ++i) *value++ = draw(spec.init, stream, i);
  }
  values_.copy_(host);
}

}  // namespace ww
