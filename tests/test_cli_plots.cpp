// test_cli_plots.cpp: plot and report, run as a person runs them.

#include <cmath>
#include <limits>

#include "base/files.hpp"
#include "tests/catch.hpp"
#include "tests/program.hpp"
#include "tests/synthetic_probe.hpp"
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

TEST_CASE("A damaged record costs its own run: the report names it and ends with status 3",
          "[cli]") {
  const test::TemporaryFolder folder;
  test::write_synthetic_sweep(folder.path(), 1);
  const auto path = test::write_synthetic(folder.path() / "damaged", {});
  auto text = read_file(path);
  text[text.find("\"val_acc\":") + 10] = '7';
  write_file(path, text);
  const auto ran = test::run_program("report " + folder.path().string(), "2>&1 >/dev/null");
  CHECK(ran.status == 3);
  CHECK(ran.output.find("warning: " + path.string() + ": line ") == 0);
  CHECK(ran.output.find("the run is left out\n") != std::string::npos);
  CHECK(read_file(folder / "report.html").find("the run is left out") != std::string::npos);
}

TEST_CASE("A damaged probe costs its own usage: the report names it and ends with status 3",
          "[cli]") {
  const test::TemporaryFolder folder;
  test::write_synthetic_sweep(folder.path(), 1);
  std::filesystem::create_directories(folder / "probes");
  write_file(folder / "probes/a.h5", "no HDF5");
  const auto ran = test::run_program("report " + folder.path().string(), "2>&1 >/dev/null");
  CHECK(ran.status == 3);
  CHECK(ran.output.find("a.h5: ") != std::string::npos);
  CHECK(ran.output.find("the probe is left out\n") != std::string::npos);
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
  CHECK(refused("-o a.svg --figure quadrature --layer 1").find("does not take --layer") !=
        std::string::npos);
  CHECK(refused("other.h5 -o a.html").find("a page shows one file but got 2") != std::string::npos);
}

TEST_CASE("A figure is not drawn over the file that it shows", "[cli]") {
  const test::TemporaryFolder folder;
  const auto file = (folder / "a.svg").string(), link = (folder / "b.svg").string();
  write_probe_file(file, test::synthetic_probe().file);
  std::filesystem::create_symlink(file, link);
  const auto before = read_file(file);
  for (const auto& out : {file, link}) {
    CHECK(test::refused_program("plot " + file + " -o " + out).find("is what the command reads") !=
          std::string::npos);
  }
  CHECK(read_file(file) == before);
}

TEST_CASE("Values that cannot be are refused by name, not drawn", "[cli]") {
  const test::TemporaryFolder folder;
  const auto file = (folder / "a.h5").string();
  for (const auto* const name : {"wavelength", "query_norm_se", "theta"}) {
    auto probe = test::synthetic_probe().file;
    probe.variables.at(name).values[1] = -2;
    write_probe_file(file, probe);
    const auto line = test::refused_program("plot " + file + " -o " + file + ".svg");
    CHECK(line.find(file + ": '" + name + "' holds -2") != std::string::npos);
  }
  auto probe = test::synthetic_probe().file;
  probe.variables.at("wavelength").values[1] = std::nan("");
  write_probe_file(file, probe);
  CHECK(test::refused_program("plot " + file + " -o " + file + ".html").find("holds nan") !=
        std::string::npos);
  probe.variables.at("wavelength").values[1] = std::numeric_limits<double>::infinity();
  probe.variables.at("query_norm_se").values[1] = std::nan("");
  write_probe_file(file, probe);
  CHECK(test::run_program("plot " + file + " -o " + file + ".svg").status == 0);
}

TEST_CASE("A probe file becomes every figure in every format, and a page", "[cli]") {
  const test::TemporaryFolder folder;
  const auto file = (folder / "a.h5").string();
  const auto later = (folder / "b.h5").string();
  write_probe_file(file, test::synthetic_probe({.encoding = "pope", .step = 100}).file);
  write_probe_file(later, test::synthetic_probe({.encoding = "pope", .step = 200}).file);
  for (const auto& row : figures()) {
    for (const auto* extension : {".svg", ".pdf", ".png", ".html"}) {
      const auto out = (folder / (row.name + std::string(extension))).string();
      const auto ran = test::run_program(
          "plot " + file + " " + later + " --figure " + row.name + " -o " + out, "2>&1");
      INFO(ran.output);
      CHECK(ran.status == 0);
      CHECK(read_file(out).size() > 2000);
    }
  }
  const auto out = (folder / "page.html").string();
  CHECK(test::run_program("plot " + file + " -o " + out).output == out + "\n");
  CHECK(read_file(out).find("<script type=\"application/json\"") != std::string::npos);
}
