// clock.hpp: the time as files state it.
#pragma once

#include <string>

namespace ww {

/// "2026-01-31T12:00:00Z".
std::string utc_now();

}  // namespace ww
