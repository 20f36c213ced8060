// test_cli_plots.cpp: plot and report, run as a person runs them.

#include "base/files.hpp"
#include "tests/catch.hpp"
#include "tests/program.hpp"
#include "tests/synthetic_records.hpp"

using namespace ww;

TEST_CASE("A report is written beside its runs, or where asked", "[cli]") {
  const test::TemporaryFolder folder;
  test::write_synthetic_sweep(folder.path(), 1);
  const auto ran = test::run_program("report " + folder.path().string());
  CHECK(ran.status == 0);
  CHECK(ran.output == (folder / "report.html").string() + "\n");
  const auto other = (folder / "other.html").string();
  CHECK(test::run_program("report " + folder.path().string() + " -o " + other).status == 0);
  CHECK(read_file(other) == read_file(folder / "report.html"));
}

TEST_CASE("A torn record is reported with a warning on standard error", "[cli]") {
  const test::TemporaryFolder folder;
  const auto path = test::write_synthetic(folder.path(), {});
  const auto text = read_file(path);
  write_file(path, text.substr(0, text.size() - 9));
  const auto ran = test::run_program("report " + folder.path().string(), "2>&1 >/dev/null");
  CHECK(ran.status == 0);
  CHECK(ran.output.find("warning: " + path.string() + ": the last line is torn") == 0);
  CHECK(read_file(folder / "report.html").find("last line is torn") != std::string::npos);
}

TEST_CASE("A report of nothing is refused and nothing is written", "[cli]") {
  const test::TemporaryFolder folder;
  const auto line = test::refused_program("report " + folder.path().string());
  CHECK(line.find("holds no record.jsonl") != std::string::npos);
  CHECK(std::filesystem::is_empty(folder.path()));
  CHECK(test::refused_program("report /no/such/folder").find("is not a folder") !=
        std::string::npos);
}

TEST_CASE("Unknown figures, axes, scales and extensions are refused with what there is", "[cli]") {
  const auto refused = [](const std::string& flags) {
    return test::refused_program("plot none.h5 " + flags);
  };
  CHECK(refused("-o a.svg --figure pie").find("there are: usage") != std::string::npos);
  CHECK(refused("-o a.svg --axis up").find("there are: auto, index, wavelength") !=
        std::string::npos);
  CHECK(refused("-o a.svg --scale big").find("there are: linear, log, separate") !=
        std::string::npos);
  CHECK(refused("-o a.gif").find("there are: .svg, .pdf, .png, .html") != std::string::npos);
  CHECK(refused("-o a.svg").find("none.h5: ") != std::string::npos);
}
