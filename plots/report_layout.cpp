#include "plots/report_layout.hpp"

#include "plots/html.hpp"

namespace ww {

Markup task_panels(const ReportData& data,
                   std::string_view paragraph,
                   const std::function<std::optional<Figure>(const TaskRuns&)>& figure) {
  std::vector<Markup> blocks;
  for (const auto& task : data.tasks) {
    const auto drawn = figure(task);
    if (drawn) blocks.push_back(html::heading(task.title) + html::figure(*drawn));
  }
  return blocks.empty() ? Markup() : html::paragraph(paragraph) + html::panels(blocks);
}

Markup arm_table(const ReportData& data,
                 const std::vector<std::string>& columns,
                 const std::function<Markup(const TaskRuns&)>& heading,
                 const std::function<std::vector<Markup>(const TaskRuns&, const Arm&)>& row) {
  html::Table table{columns, {}};
  for (const auto& task : data.tasks) {
    table.rows.push_back({heading(task)});
    for (const auto& arm : task.arms) table.rows.push_back(row(task, arm));
  }
  return html::table(table);
}

}  // namespace ww
