#include "base/check.hpp"
#include "models/kernels/cuda/usage.hpp"

namespace ww::kernels::cuda {

void check_usage(const DeviceUsage& u) {
  constexpr int64_t kMostPlaces = int64_t{1} << 30, kMostHeads = 65535, kMostFrequencies = 1 << 20;
  check(u.H > 0 && u.T > 0 && u.F > 0,
        "[usage] sizes must be positive but are H {}, T {}, F {}",
        u.H,
        u.T,
        u.F);
  check(u.H <= kMostHeads && u.T <= kMostPlaces && u.F <= kMostFrequencies,
        "[usage] at most {} heads, {} places and {} frequencies fit but there are {}, {} and {}",
        kMostHeads,
        kMostPlaces,
        kMostFrequencies,
        u.H,
        u.T,
        u.F);
  check(u.kind != Kind::none, "[usage] features that never turn have no frequencies");
  check(u.data != nullptr && u.parts != nullptr && u.sums != nullptr,
        "[usage] features, scratch or sums are missing");
}

}  // namespace ww::kernels::cuda
