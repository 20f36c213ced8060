// test_cores.cpp: how many threads a command takes where nothing is said, and how they wait.

#include <sched.h>

#include <cmath>
#include <filesystem>

#include "base/cores.hpp"
#include "base/files.hpp"
#include "tests/catch.hpp"
#include "tests/program.hpp"

using namespace ww;
using Catch::Matchers::Contains;

namespace {

void write_at(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  write_file(path, text);
}

}  // namespace

TEST_CASE("Control groups of both versions limit the cores, and so do those above them",
          "[cores]") {
  const test::TemporaryFolder folder;
  const auto two = folder / "two", one = folder / "one";
  CHECK(std::isinf(granted_cores("0::/", two)));
  write_at(two / "jobs" / "cpu.max", "max 100000\n");
  CHECK(std::isinf(granted_cores("0::/jobs/a\n", two)));
  write_at(two / "jobs" / "a" / "cpu.max", "250000 100000\n");
  CHECK(granted_cores("0::/jobs/a\n", two) == 2.5);
  write_at(two / "jobs" / "cpu.max", "150000 100000\n");
  CHECK(granted_cores("0::/jobs/a\n", two) == 1.5);
  write_at(two / "cpu.max", "50000 100000\n");
  CHECK(granted_cores("0::/path/outside/of/the/container\n", two) == 0.5);

  const std::string first = "7:memory:/docker/x\n4:cpu,cpuacct:/docker/x\n1:name=systemd:/y\n";
  CHECK(std::isinf(granted_cores(first, one)));
  write_at(one / "cpu,cpuacct" / "docker" / "x" / "cpu.cfs_quota_us", "-1\n");
  write_at(one / "cpu,cpuacct" / "docker" / "x" / "cpu.cfs_period_us", "100000\n");
  CHECK(std::isinf(granted_cores(first, one)));
  write_at(one / "cpu,cpuacct" / "docker" / "x" / "cpu.cfs_quota_us", "300000\n");
  CHECK(granted_cores(first, one) == 3);
  CHECK(std::isinf(granted_cores("7:memory:/docker/x\nnonsense\n", one)));
}

TEST_CASE("A process held to one processor counts one core", "[cores]") {
  cpu_set_t before;
  REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
  int any = 0;
  while (!CPU_ISSET(any, &before)) ++any;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(any, &one);
  REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  const auto counted = usable_cores();
  REQUIRE(sched_setaffinity(0, sizeof before, &before) == 0);
  CHECK(counted == 1);
  CHECK(usable_cores() >= 1);
}

TEST_CASE("Waiting threads soon sleep unless the environment says otherwise", "[cores]") {
  const auto shown = [](const std::string& environment) {
    return test::run_shell("env -u OMP_WAIT_POLICY -u GOMP_SPINCOUNT OMP_DISPLAY_ENV=verbose " +
                           environment + " " WW_PROGRAM " --version 2>&1")
        .output;
  };
  const auto usual = shown("");
  CHECK_THAT(usual, Contains("GOMP_SPINCOUNT = '1000'"));
  CHECK_THAT(shown("OMP_WAIT_POLICY=active"), Contains("OMP_WAIT_POLICY = 'ACTIVE'"));
  CHECK_THAT(shown("GOMP_SPINCOUNT=77"), Contains("GOMP_SPINCOUNT = '77'"));
  CHECK(test::run_shell("cd / && bash -c 'exec -a other " WW_PROGRAM " --version' 2>&1").status ==
        0);
}
