// activations.hpp: the activations of an MLP: one row each, under our name and under those that
// Hugging Face configurations use.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace ww {

struct ActivationRow {
  const char* name;                 // in our config.json
  std::vector<const char*> others;  // what other configurations call it
  at::Tensor (*apply)(const at::Tensor&);
};

const std::vector<ActivationRow>& activations();

/// By our name; null where there is none.
const ActivationRow* find_activation(const std::string& name);

/// Our name for a Hugging Face configuration's `hidden_act`. Throws InputError, beginning with
/// `where` and listing what there is, for any other.
std::string activation_of(const std::string& theirs, const std::string& where);

}  // namespace ww
