// cores.hpp: how many processors this process may use, which may be fewer than the machine has.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace ww {

/// Those of its affinity mask, and no more than the time that its control groups grant it, rounded
/// down; at least 1.
int64_t usable_cores();

/// Processors' worth of time that control groups grant, infinity where they set no limit. `groups`
/// is the text of /proc/self/cgroup, version 1 or 2; `mounted` the folder that has their files.
double granted_cores(const std::string& groups, const std::filesystem::path& mounted);

}  // namespace ww
