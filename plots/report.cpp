#include "plots/report.hpp"

#include "base/files.hpp"
#include "plots/html.hpp"
#include "plots/report_sections.hpp"

namespace ww {

namespace {

struct Section {
  const char* id;
  const char* title;
  Markup (*write)(const ReportData& data);
};

/// In the order of the page. A new section is one report_*.cpp and a line here.
constexpr Section kSections[] = {
    {"about", "What this is", report_about},
    {"results", "Results", report_results},
    {"curves", "Learning curves", report_curves},
    {"ladder", "Test accuracy beside shortcuts", report_ladder},
    {"shifts", "Accuracy by shift", report_shifts},
    {"errors", "Where wrong answers point", report_errors},
    {"usage", "Frequency usage", report_usage},
    {"gates", "Checks before training", report_gates},
    {"cost", "Cost", report_cost},
    {"commands", "Commands", report_commands},
};

}  // namespace

std::string report_page(const ReportData& data) {
  Markup links, sections;
  for (const auto& section : kSections) {
    const auto body = section.write(data);
    if (body.empty()) continue;
    links += markup("<a href=\"#{}\">{}</a>\n", section.id, section.title);
    sections +=
        markup("<section id=\"{}\">\n<h2>{}</h2>\n{}</section>\n", section.id, section.title, body);
  }
  return html::page("What and where: results", markup("<nav>\n{}</nav>\n{}", links, sections));
}

ReportNotes write_report(const std::filesystem::path& folder, const std::filesystem::path& path) {
  const auto data = read_report_data(folder);
  write_file(path, report_page(data));
  return {data.warnings, data.left_out};
}

}  // namespace ww
