// streams.hpp: inputs and outputs that are no plain files: "-", pipes, standard output.
#pragma once

#include <filesystem>
#include <string>

namespace ww {

/// Whether a name means standard output: "-", /dev/stdout, /dev/fd/1 or /proc/self/fd/1.
bool is_standard_output(const std::filesystem::path& path);

/// Standard output as a descriptor for data alone: whatever the program prints from now on goes to
/// standard error. The caller closes it. Throws InputError where standard output is closed.
int take_standard_output();

/// All bytes of a file, a pipe, or standard input ("-"). Throws InputError that names it where it
/// can't be read.
std::string read_input(const std::filesystem::path& path);

}  // namespace ww
