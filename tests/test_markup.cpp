// test_markup.cpp: no text of any input can put markup into a page or a figure, or spoil its UTF-8.

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/check.hpp"
#include "base/text.hpp"
#include "plots/markup.hpp"
#include "plots/page.hpp"
#include "plots/report.hpp"
#include "tests/catch.hpp"
#include "tests/figure_svg.hpp"
#include "tests/program.hpp"
#include "tests/svg_marks.hpp"
#include "tests/synthetic_probe.hpp"
#include "tests/synthetic_records.hpp"

using namespace ww;

namespace {

const std::string kTag = "<script>alert(1)</script>\"'&";
const std::string kBytes = "\xff\xfe<b>\xc3\x28\xed\xa0\x80 \x01\x1b[0m\xef\xbf\xbf";

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// UTF-8 without control characters.
bool is_clean(const std::string& text) {
  return as_utf8(text) == text && std::ranges::none_of(text, [](unsigned char c) {
           return c < 0x20 && c != '\n' && c != '\t';
         });
}

/// Elements that end in their order, attributes in quotes, known entities.
bool is_well_formed(const std::string& svg) {
  static const std::regex piece(
      R"re(<\?xml[^>]*\?>|<(/?)([a-z]+)((?: [a-zA-Z:-]+="[^"<]*")*)(/?)>|&(?:amp|lt|gt|quot);|[^<&]+)re");
  std::vector<std::string> open;
  auto at = svg.cbegin();
  for (std::smatch found; at != svg.cend(); at = found.suffix().first) {
    if (!std::regex_search(at, svg.cend(), found, piece, std::regex_constants::match_continuous))
      return false;
    if (!found[2].matched || found[4].length() > 0) continue;
    if (found[1].length() == 0) {
      open.push_back(found[2]);
    } else if (open.empty() || open.back() != found[2]) {
      return false;
    } else {
      open.pop_back();
    }
  }
  return open.empty();
}

void check_svg(const std::string& svg) {
  CHECK_FALSE(holds(svg, "<script"));
  CHECK_FALSE(holds(svg, "<b>"));
  CHECK(is_clean(svg));
  CHECK_FALSE(holds(svg, "\xef\xbf\xbf"));  // which XML does not know
  CHECK(is_well_formed(svg));
}

void check_page(const std::string& page, size_t scripts) {
  CHECK_FALSE(holds(page, "<script>alert"));
  CHECK_FALSE(holds(page, "<b>"));
  CHECK(test::count_of(page, "<script") == scripts);
  CHECK(test::count_of(page, "</script") == scripts);
  CHECK(is_clean(page));
}

/// Drawn, or refused in a sentence.
void check_all(const NamedProbe& probe) {
  try {
    check_page(probe_page(probe), 2);
  } catch (const InputError&) {
  }
  for (const auto& row : figures()) {
    INFO(row.name);
    try {
      check_svg(test::svg_of(row.name, {probe, probe}));
    } catch (const InputError&) {
    }
  }
}

/// Every text of a probe, and its name.
std::vector<std::string*> texts_of(NamedProbe& probe) {
  std::vector<std::string*> texts = {&probe.name};
  for (auto& [name, text] : probe.file.text_attributes) texts.push_back(&text);
  for (auto& [name, values] : probe.file.strings) {
    for (auto& text : values) texts.push_back(&text);
  }
  return texts;
}

std::vector<test::Json> record_lines() {
  std::vector<test::Json> lines;
  std::istringstream whole(test::synthetic_record({}));
  for (std::string line; std::getline(whole, line);) lines.push_back(test::Json::parse(line));
  return lines;
}

void check_report(const std::filesystem::path& folder, const std::vector<test::Json>& lines) {
  std::string record;
  for (const auto& line : lines) record += line.dump() + "\n";
  std::filesystem::create_directories(folder / "runs/a");
  write_file(folder / "runs/a/record.jsonl", record);
  try {
    check_page(report_page(read_report_data(folder)), 0);
  } catch (const InputError&) {
  }
}

}  // namespace

TEST_CASE("Text becomes markup by being escaped, markup stays as it is", "[markup]") {
  CHECK(Markup("<a href=\"x\">&").str() == "&lt;a href=&quot;x&quot;&gt;&amp;");
  CHECK(markup("<p title=\"{}\">{}</p>", "\"", markup("<b>{}</b>", 3)).str() ==
        "<p title=\"&quot;\"><b>3</b></p>");
  CHECK((markup("<br>") + "<br>").str() == "<br>&lt;br&gt;");
  CHECK(Markup::json("{\"a\": \"</script>\"}").str() == "{\"a\": \"\\u003c/script>\"}");
}

TEST_CASE("Bytes that are no UTF-8 become U+FFFD, all else stays", "[markup]") {
  const std::string r = "\xef\xbf\xbd";
  CHECK(as_utf8("Zürich \xf0\x9f\x98\x80 \xef\xbb\xbf\x01") ==
        "Zürich \xf0\x9f\x98\x80 \xef\xbb\xbf\x01");
  CHECK(as_utf8("\xff") == r);
  CHECK(as_utf8("\xc3") == r);
  CHECK(as_utf8("\xc3(") == r + "(");
  CHECK(as_utf8("\xc0\x80") == r + r);                  // longer than needed
  CHECK(as_utf8("\xed\xa0\x80") == r + r + r);          // half of a pair
  CHECK(as_utf8("\xf4\x90\x80\x80") == r + r + r + r);  // beyond U+10FFFF
  CHECK(escape("\x01\xef\xbf\xbf\n") == r + r + "\n");
}

TEST_CASE("No text of a probe file or its name can put markup into a page or a figure",
          "[markup]") {
  const auto whole = test::synthetic_probe();
  auto probe = whole;
  CHECK(is_well_formed(test::svg_of("usage", {probe})));
  CHECK_FALSE(is_well_formed("<svg><b></svg>"));
  const auto texts = texts_of(probe);
  for (size_t i = 0; i < texts.size(); ++i) {
    for (const auto& hostile : {kTag, kBytes}) {
      INFO(i << " " << *texts[i]);
      const auto before = std::exchange(*texts[i], hostile);
      check_all(probe);
      *texts[i] = before;
    }
  }
}

TEST_CASE("No text or key of a record can put markup into the report", "[markup]") {
  const auto lines = record_lines();
  for (size_t i = 0; i < lines.size(); ++i) {
    const auto flat = lines[i].flatten();
    for (const auto& [key, value] : flat.items()) {
      const test::Json::json_pointer at(key);
      INFO(i << key);
      const test::TemporaryFolder folder;
      auto changed = lines;
      if (value.is_string()) changed[i][at] = kTag;
      if (value.is_number() && changed[i][at.parent_pointer()].is_object())
        changed[i][at.parent_pointer()][kTag] = value;
      check_report(folder.path(), changed);
    }
  }
}

TEST_CASE("No gate, and no name of a folder or a file, can put markup into the report",
          "[markup]") {
  const std::string name = "<b>\xff & \"";
  const test::TemporaryFolder outer;
  const auto folder = outer / name;
  std::filesystem::create_directories(folder / "probes");
  write_probe_file(folder / "probes" / (name + ".h5"), test::synthetic_probe().file);
  for (const auto* key : {"task", "gate", "measured"}) {
    test::Json gate = {{"task", "t"}, {"gate", "g"}, {"measured", "m"}, {"passed", false}};
    gate[key] = kTag;
    write_file(folder / "gates.json", test::Json::array({gate}).dump());
    std::filesystem::create_directories(folder / "runs" / name);
    write_file(folder / "runs" / name / "record.jsonl", "{\"torn");
    check_report(folder, record_lines());
  }
}

TEST_CASE("A record that is no UTF-8 is refused with its line", "[markup]") {
  const test::TemporaryFolder folder;
  auto record = test::synthetic_record({});
  record.replace(record.find("<machine>"), 1, "\xff");
  write_file(folder / "record.jsonl", record);
  CHECK_THAT(test::refusal([&] { read_report_data(folder.path()); }),
             Catch::Matchers::Contains("record.jsonl: line 1"));
}

TEST_CASE("Figures as files, and what commands print as JSON, bear names that are no UTF-8",
          "[markup][cli]") {
  const test::TemporaryFolder folder;
  auto probe = test::synthetic_probe();
  probe.file.text_attributes["model_id"] = kBytes;
  const auto path = (folder / "\xff<b>.h5").string();
  write_probe_file(path, probe.file);
  const auto quoted = "'" + path + "' ";
  for (const auto* format : {"svg", "pdf", "png", "html"}) {
    const auto out = (folder / "a.").string() + format;
    CHECK(test::run_program("plot --figure usage " + quoted + "-o " + out).status == 0);
  }
  check_svg(read_file(folder / "a.svg"));
  check_page(read_file(folder / "a.html"), 0);
  for (const auto& command : {"explain --json " + quoted, "compare --json " + quoted + quoted}) {
    const auto ran = test::run_program(command);
    CHECK(ran.status == 0);
    CHECK(test::Json::parse(ran.output, nullptr, false).is_structured());
  }
}

TEST_CASE("A run's folder may have a name that is no UTF-8", "[markup][cli]") {
  const test::TemporaryFolder folder;
  const auto out = (folder / "\xff").string();
  CHECK(test::run_program(
            "train --task what-tag --preset smoke --encoding nope --steps 10 -q -o '" + out + "'")
            .status == 0);
  check_page(report_page(read_report_data(folder.path())), 0);
}
