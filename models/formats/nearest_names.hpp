// nearest_names.hpp: what somebody who misspelt a tensor's name may have meant.
#pragma once

#include <string>
#include <vector>

#include "models/formats/weights.hpp"

namespace ww {

/// The three names of the file that look most like this one, the likest first.
std::vector<std::string> nearest_names(const std::string& name, const WeightFile& weights);

}  // namespace ww
