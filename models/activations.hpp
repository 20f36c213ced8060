// activations.hpp: what the activations of activations() compute.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace ww {

using Activation = at::Tensor (*)(const at::Tensor&);

/// By our name. Throws std::out_of_range where there is none.
Activation activation_named(const std::string& name);

}  // namespace ww
