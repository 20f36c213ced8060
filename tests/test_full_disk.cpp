// test_full_disk.cpp: probe and ablate where the disk does not take their file. A limit on the size
// of files stands for the full disk; the end of the program is part of what is tested.

#include <fmt/format.h>

#include "base/files.hpp"
#include "tests/catch.hpp"
#include "tests/program.hpp"

using namespace ww;

namespace {

constexpr std::pair<const char*, const char*> kCommands[] = {{"probe", ""},
                                                             {"ablate", " --interventions zero"}};

/// Both streams of a command that writes `out` where no file may pass `kilobytes`.
test::Ran run_limited(const char* command,
                      const char* options,
                      const std::string& out,
                      int kilobytes) {
  const auto words = fmt::format(
      "{} -q -o {} data/stories260k/stories260K.bin --text data/sonnets/sonnets.txt --texts 2{} "
      "2>&1",
      command,
      out,
      options);
  return test::run_shell(
      fmt::format("cd {} && bash -c \"trap '' XFSZ; ulimit -f {}; exec " WW_PROGRAM " {}\"",
                  test::source_root().string(),
                  kilobytes,
                  words));
}

size_t count_files(const std::filesystem::path& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

}  // namespace

TEST_CASE("Where the disk is full, probe and ablate end with one sentence and leave nothing",
          "[cli][full]") {
  for (const auto& [command, options] : kCommands) {
    for (const int kilobytes : {0, 1, 4, 40, 100}) {
      INFO(command << ", " << kilobytes << " KB");
      const test::TemporaryFolder folder;
      const auto out = (folder / "a.h5").string();
      const auto ran = run_limited(command, options, out, kilobytes);
      CHECK(ran.status == 2);
      CHECK(ran.output == "error: " + out + ": cannot be written: File too large\n");
      CHECK(count_files(folder.path()) == 0);
    }
  }
}

TEST_CASE("Where the disk is full, an older file stays as it was", "[cli][full]") {
  const test::TemporaryFolder folder;
  write_file(folder / "a.h5", "older");
  CHECK(run_limited("probe", "", (folder / "a.h5").string(), 20).status == 2);
  CHECK(read_file(folder / "a.h5") == "older");
  CHECK(count_files(folder.path()) == 1);
}
