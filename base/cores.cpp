#include "base/cores.hpp"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>
#include <thread>

namespace ww {

namespace {

namespace fs = std::filesystem;

constexpr double kNoLimit = std::numeric_limits<double>::infinity();

/// "200000 100000" is two processors' worth; "max 100000", "-1" and what can't be read are no
/// limit.
double share_of(const std::string& quota, const std::string& period) {
  std::istringstream above(quota), below(period);
  double time = 0, of = 0;
  if (!(above >> time) || !(below >> of) || time <= 0 || of <= 0) return kNoLimit;
  return time / of;
}

std::string first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

double limit_of(const fs::path& folder) {
  const auto both = first_line(folder / "cpu.max");  // version 2
  const auto space = both.find(' ');
  if (space != std::string::npos) return share_of(both.substr(0, space), both.substr(space));
  return share_of(first_line(folder / "cpu.cfs_quota_us"),
                  first_line(folder / "cpu.cfs_period_us"));
}

/// The least that a group or one above it grants. In a container the path may be that outside of
/// it: then only the folder where groups are mounted is there.
double least_limit(const fs::path& mounted, const std::string& group) {
  double least = limit_of(mounted);
  auto folder = mounted;
  for (const auto& part : fs::path(group).relative_path()) {
    folder /= part;
    least = std::min(least, limit_of(folder));
  }
  return least;
}

bool lists_cpu(std::string controllers) {
  std::ranges::replace(controllers, ',', ' ');
  std::istringstream names(controllers);
  for (std::string name; names >> name;) {
    if (name == "cpu") return true;
  }
  return false;
}

int64_t cores_of_mask() {
  cpu_set_t mask;
  CPU_ZERO(&mask);
  if (sched_getaffinity(0, sizeof mask, &mask) == 0) return CPU_COUNT(&mask);
  return static_cast<int64_t>(std::thread::hardware_concurrency());
}

}  // namespace

double granted_cores(const std::string& groups, const fs::path& mounted) {
  double least = kNoLimit;
  std::istringstream lines(groups);
  for (std::string line; std::getline(lines, line);) {  // number:controllers:/path
    const auto first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    const auto group = line.substr(second + 1);
    if (controllers.empty()) least = std::min(least, least_limit(mounted, group));
    if (!lists_cpu(controllers)) continue;
    for (const auto& folder : {mounted / controllers, mounted / "cpu"}) {
      least = std::min(least, least_limit(folder, group));
    }
  }
  return least;
}

int64_t usable_cores() {
  std::ifstream file("/proc/self/cgroup");
  std::stringstream groups;
  groups << file.rdbuf();
  const double granted = granted_cores(groups.str(), "/sys/fs/cgroup");
  const auto cores = std::max<int64_t>(cores_of_mask(), 1);
  if (granted >= static_cast<double>(cores)) return cores;
  return std::max<int64_t>(static_cast<int64_t>(std::floor(granted)), 1);
}

}  // namespace ww
