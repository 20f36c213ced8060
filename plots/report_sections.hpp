// report_sections.hpp: the sections of a report, each a function of the data alone that returns
// html, empty where the data has nothing for it.
#pragma once

#include <string>

#include "plots/report_data.hpp"

namespace ww {

std::string report_about(const ReportData& data);
std::string report_results(const ReportData& data);
std::string report_curves(const ReportData& data);
std::string report_ladder(const ReportData& data);
std::string report_shifts(const ReportData& data);
std::string report_errors(const ReportData& data);
std::string report_usage(const ReportData& data);
std::string report_gates(const ReportData& data);
std::string report_cost(const ReportData& data);
std::string report_commands(const ReportData& data);

}  // namespace ww
