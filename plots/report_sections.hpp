// report_sections.hpp: the sections of a report, each a function of the data alone that returns
// markup, empty where the data has nothing for it.
#pragma once

#include "plots/markup.hpp"
#include "plots/report_data.hpp"

namespace ww {

Markup report_about(const ReportData& data);
Markup report_results(const ReportData& data);
Markup report_curves(const ReportData& data);
Markup report_ladder(const ReportData& data);
Markup report_shifts(const ReportData& data);
Markup report_errors(const ReportData& data);
Markup report_usage(const ReportData& data);
Markup report_gates(const ReportData& data);
Markup report_cost(const ReportData& data);
Markup report_commands(const ReportData& data);

}  // namespace ww
