#include "base/check.hpp"
#include "models/kernels/cuda/usage.hpp"

namespace ww::kernels::cuda {

void check_usage(const DeviceUsage& u) {
  check(u.H > 0 && u.T > 0 && u.F > 0,
        "[usage] sizes must be positive but are H {}, T {}, F {}",
        u.H,
        u.T,
        u.F);
  check(usage_fits(u),
        "[usage] {} heads of {} frequencies at {} places are too many: heads times parts of {} "
        "places may be {} at most",
        u.H,
        u.F,
        u.T,
        kUsagePlaces,
        kMostUsageBlocks);
  check(u.kind != Kind::none, "[usage] features that never turn have no frequencies");
  check(u.data != nullptr && u.parts != nullptr && u.sums != nullptr,
        "[usage] features, scratch or sums are missing");
}

}  // namespace ww::kernels::cuda
