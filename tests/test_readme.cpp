// test_readme.cpp: every command of the README runs, in its order, from a folder like the clone.

#include <sstream>
#include <vector>

#include "base/files.hpp"
#include "plots/figures.hpp"
#include "tests/catch.hpp"
#include "tests/program.hpp"

using namespace ww;

namespace {

/// The lines of the README's shell blocks that call the program.
std::vector<std::string> commands() {
  constexpr std::string_view kProgram = "build/release/whatwhere ";
  std::istringstream lines(read_file(test::source_root() / "README.md"));
  std::vector<std::string> found;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("```")) inside = line == "```sh";
    if (inside && line.starts_with(kProgram)) found.push_back(line.substr(kProgram.size()));
  }
  return found;
}

}  // namespace

TEST_CASE("Every command of the README runs", "[readme]") {
  const test::TemporaryFolder folder;
  std::filesystem::create_directory_symlink(test::source_root() / "data", folder / "data");
  const auto all = commands();
  REQUIRE(all.size() >= 11);
  for (const auto& command : all) {
    INFO(command);
    const auto ran =
        test::run_shell("cd " + folder.path().string() + " && " WW_PROGRAM " " + command + " 2>&1");
    INFO(ran.output);
    CHECK(ran.status == 0);
  }
}

TEST_CASE("The README names every figure", "[readme]") {
  const auto readme = read_file(test::source_root() / "README.md");
  for (const auto& row : figures()) {
    INFO(row.name);
    CHECK(readme.find("| `" + std::string(row.name) + "` |") != std::string::npos);
  }
}
