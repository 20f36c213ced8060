// report_layout.hpp: the two shapes that most sections of a report have.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "plots/markup.hpp"
#include "plots/report_data.hpp"

namespace ww {

/// The paragraph, then a heading and a figure for each task that has one; empty where none has.
Markup task_panels(const ReportData& data,
                   std::string_view paragraph,
                   const std::function<std::optional<Figure>(const TaskRuns&)>& figure);

/// A table with a heading for each task and a row for each of its arms.
Markup arm_table(const ReportData& data,
                 const std::vector<std::string>& columns,
                 const std::function<Markup(const TaskRuns&)>& heading,
                 const std::function<std::vector<Markup>(const TaskRuns&, const Arm&)>& row);

}  // namespace ww
