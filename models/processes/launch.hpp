// launch.hpp: what mpirun says to those it starts.
#pragma once

#include <cstdint>

namespace ww {

/// How many processes a launcher started; 1 where there was none.
int64_t launched_size();

}  // namespace ww
