// left_out.hpp: what a command says and returns when it wrote its result without a part of it.
#pragma once

#include <filesystem>
#include <string>

#include "probes/probe.hpp"

namespace ww {

/// Exit status: the result is written, a part that could not be trusted or read is not in it.
constexpr int kLeftOutStatus = 3;

/// Warns of every metric that a probe left out; true where there is one.
bool tell_left_out(const ProbeReport& done);

/// Writes the page of a folder of runs and prints its path; warns of every run whose record is
/// damaged. True where there is one.
bool write_page(const std::filesystem::path& folder,
                const std::filesystem::path& out,
                const std::string& line);

}  // namespace ww
