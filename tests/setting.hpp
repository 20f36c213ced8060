// setting.hpp: sections that only set things up; what is asserted follows all of them.
#pragma once

#include "tests/catch.hpp"

namespace ww::test {

/// True; notes that the section has nothing to assert itself.
inline bool set_up() {
  SUCCEED("set up");
  return true;
}

}  // namespace ww::test

#define SETTING(name) SECTION(name) if (ww::test::set_up())
