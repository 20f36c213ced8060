// report.hpp: one self-contained page from a folder of runs alone.
#pragma once

#include <filesystem>
#include <string>

#include "plots/report_data.hpp"

namespace ww {

/// The page. A pure function of the data: the same folder gives the same bytes.
std::string report_page(const ReportData& data);

/// What was dropped on reading, in sentences.
struct ReportNotes {
  std::vector<std::string> warnings;  // parts of runs
  std::vector<std::string> left_out;  // whole runs and probes
};

/// Reads `folder` and writes the page, whole or not at all. Throws InputError as
/// read_report_data() does.
ReportNotes write_report(const std::filesystem::path& folder, const std::filesystem::path& path);

}  // namespace ww
