// drawing.hpp: a sample as a person reads it.
#pragma once

#include <string>

#include "tasks/task.hpp"

namespace ww {

/// Two lines for each question: string, block and answer, then `=` under what is read and `^`
/// under the graded place.
///
///   q e o h u  o -2 -> q
///   =             ^
std::string drawing(const Task& task, const Sample& sample);

}  // namespace ww
