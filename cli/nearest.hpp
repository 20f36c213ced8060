// nearest.hpp: what a mistyped name was probably meant to be.
#pragma once

#include <string>
#include <vector>

namespace ww {

/// How many letters must be put in, taken out, replaced or swapped with their neighbour to turn one
/// into the other.
size_t edit_distance(const std::string& one, const std::string& other);

/// The name that is nearest, empty where none is within a third of the word's letters.
std::string nearest(const std::string& word, const std::vector<std::string>& names);

}  // namespace ww
