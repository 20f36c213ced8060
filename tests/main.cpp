// main.cpp: runs the tests and closes with one line that counts them: `N passed, N failed`.

#define CATCH_CONFIG_RUNNER
#include <fmt/format.h>
#include <stdlib.h>

#include <functional>

#include "base/check.hpp"
#include "tests/catch.hpp"

namespace ww::test {

namespace {

#ifdef CATCH_VERSION_MAJOR
constexpr bool kCatch3 = CATCH_VERSION_MAJOR >= 3;
#else
constexpr bool kCatch3 = false;
#endif
static_assert(kCatch3 || CATCH_VERSION_MAJOR == 2);

struct Counts {
  size_t passed = 0, failed = 0, skipped = 0;
} counts;

#if __has_include(<catch2/catch_all.hpp>)
using ListenerBase = Catch::EventListenerBase;
#else
using ListenerBase = Catch::TestEventListenerBase;
#endif

struct Counter : ListenerBase {
  using ListenerBase::ListenerBase;
  void testRunEnded(const Catch::TestRunStats& stats) override {
    counts.passed = stats.totals.testCases.passed - counts.skipped;
    counts.failed = stats.totals.testCases.failed;
  }
};
CATCH_REGISTER_LISTENER(Counter)

}  // namespace

void skip(const std::string& reason) {
  WARN("skipped: " << reason);
  SUCCEED();
  ++counts.skipped;
}

TemporaryFolder::TemporaryFolder() {
  auto name = (std::filesystem::temp_directory_path() / "whatwhere-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() { std::filesystem::remove_all(path_); }

std::filesystem::path source_root() { return WW_SOURCE_ROOT; }

std::string refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const InputError& error) {
    return error.what();
  }
  FAIL("nothing was refused");
  return {};
}

}  // namespace ww::test

int main(int argc, char** argv) {
  const int status = Catch::Session().run(argc, argv);
  using ww::test::counts;
  fmt::print("{} passed, {} failed", counts.passed, counts.failed);
  if (counts.skipped > 0) fmt::print(", {} skipped", counts.skipped);
  fmt::print("\n");
  return status;
}
