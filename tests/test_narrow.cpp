// test_narrow.cpp: pages as a browser lays them out and runs them, where Chromium is installed.

#include <fmt/format.h>

#include "plots/page.hpp"
#include "plots/report.hpp"
#include "tests/browser.hpp"
#include "tests/catch.hpp"
#include "tests/synthetic_probe.hpp"
#include "tests/synthetic_records.hpp"

using namespace ww;

namespace {

/// An inner frame, since a window may be no narrower than 500; what it measures is in its <pre>.
constexpr auto kFrame =
    R"(<iframe id="frame" src="page.html" style="width:390px;height:2000px;border:0">
</iframe><pre id="found"></pre><script>
document.getElementById('frame').onload = () => setTimeout(() => {
  const page = document.getElementById('frame').contentDocument;
  document.getElementById('found').textContent = 'width ' + page.documentElement.scrollWidth +
    ', strange elements ' + page.querySelectorAll('b, img').length +
    ', figures ' + (page.querySelectorAll('svg').length > 3);
}, 500);
</script>)";

/// What a page 390 pixels wide measures.
std::string measured(const std::string& page) {
  const test::TemporaryFolder folder;
  write_file(folder / "page.html", page);
  write_file(folder / "frame.html", kFrame);
  const auto ran = test::run_shell(fmt::format(
      "timeout 100 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars "
      "--allow-file-access-from-files --user-data-dir={0}/user --virtual-time-budget=4000 "
      "--dump-dom file://{0}/frame.html 2>/dev/null",
      folder.path().string()));
  const std::string start = "<pre id=\"found\">";
  const auto at = ran.output.find(start);
  if (at == std::string::npos) return ran.output;
  return ran.output.substr(at + start.size(), ran.output.find("</pre>") - at - start.size());
}

const std::string kRight = "width 390, strange elements 0, figures true";
const std::string kLong = "<b>x</b><img src=x>" + std::string(200, 'w');

}  // namespace

TEST_CASE("A report fits a screen of 390 pixels, whatever the length of its words",
          "[narrow][browser]") {
  if (!test::has_browser()) return test::skip("no chromium");
  const test::TemporaryFolder folder;
  test::write_synthetic_sweep(folder.path(), 2);
  CHECK(measured(report_page(read_report_data(folder.path()))) == kRight);
  for (const auto* key : {"task", "task_text", "preset", "arm", "machine", "command", "device"}) {
    auto header = test::synthetic_header({});
    header[key] = kLong;
    const auto record = test::synthetic_record({});
    std::filesystem::create_directories(folder / "runs" / key);
    write_file(folder / "runs" / key / "record.jsonl",
               header.dump() + record.substr(record.find('\n')));
  }
  CHECK(measured(report_page(read_report_data(folder.path()))) == kRight);
}

TEST_CASE("A probe's page fits a screen of 390 pixels, and its script escapes names",
          "[narrow][browser]") {
  if (!test::has_browser()) return test::skip("no chromium");
  auto probe = test::synthetic_probe();
  CHECK(measured(probe_page(probe)) == kRight);
  probe.file.text_attributes["model_id"] = kLong;
  for (const auto* name : {"ablation/intervention", "control/control"})
    probe.file.strings.at(name).front() = kLong;
  CHECK(measured(probe_page(probe)) == kRight);
}
