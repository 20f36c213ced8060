// findings_line.hpp: what probe and ablate print last.
#pragma once

#include <string>

namespace ww {

/// The findings of the file that was written. Throws InputError where it cannot be read.
void print_findings(const std::string& file);

}  // namespace ww
