// browser.hpp: a browser as an oracle for pages, where Chromium is installed.
#pragma once

#include "tests/program.hpp"

namespace ww::test {

inline bool has_browser() { return run_shell("command -v chromium").status == 0; }

}  // namespace ww::test
