#include "tasks/presets.hpp"

#include <fmt/ranges.h>

#include "base/check.hpp"

namespace ww {

const std::vector<PresetSizes>& presets() {
  // clang-format off
  static const std::vector<PresetSizes> table = {
      //            A   n         tested S  query    K   keys values
      {"smoke",     16, {8, 12},  16,  1, "fused",  7, 16,  8},
      {"cpu-fused", 16, {8, 12},  16,  1, "fused",  7, 16,  8},
      {"cpu",       16, {8, 12},  16,  1, "ck",     7, 16,  8},
      {"gpu-small", 26, {12, 20}, 26,  5, "paper", 11, 26, 16},
      {"paper",     52, {20, 40}, 52, 15, "paper", 20, 52, 26},
      {"paper-mq",  52, {20, 40}, 52, 15, "paper", 20, 52, 26},
  };
  // clang-format on
  return table;
}

const PresetSizes& preset_sizes(const std::string& name) {
  for (const auto& sizes : presets()) {
    if (name == sizes.name) return sizes;
  }
  refuse("unknown preset '{}'; there are: {}", name, fmt::join(preset_names(), ", "));
}

const std::vector<std::string>& preset_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& sizes : presets()) all.emplace_back(sizes.name);
    return all;
  }();
  return names;
}

}  // namespace ww
