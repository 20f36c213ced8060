// activation_names.hpp: the activations of an MLP under our name and under those that Hugging Face
// configurations use. Without tensors: what they compute stands in activations.cpp.
#pragma once

#include <string>
#include <vector>

namespace ww {

struct ActivationRow {
  const char* name;                 // in our config.json
  std::vector<const char*> others;  // what other configurations call it
};

const std::vector<ActivationRow>& activations();

/// Our name for a Hugging Face configuration's `hidden_act`. Throws InputError, beginning with
/// `where` and listing what there is, for any other.
std::string activation_of(const std::string& theirs, const std::string& where);

}  // namespace ww
