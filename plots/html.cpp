#include "plots/html.hpp"

#include "plots/svg.hpp"

namespace ww::html {

namespace {

constexpr const char* kStyle = R"(
:root { color-scheme: light; --paper: #fff; --ink: #1a1a1a; --note: #555; --rule: #ccc;
  --link: #00518a; --shade: #f5f5f5; }
body { margin: 0 auto; padding: 1.2rem; max-width: 1240px; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
h1 { font-size: 1.7rem; margin: 0.2rem 0 0.8rem; line-height: 1.2; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 0.6rem; padding-top: 0.6rem;
  border-top: 1px solid var(--rule); }
h3 { font-size: 1.02rem; margin: 1rem 0 0.3rem; }
p { max-width: 48rem; margin: 0.5rem 0; }
body { overflow-wrap: break-word; }
nav { font-size: 0.92rem; } nav a { margin-right: 1rem; color: var(--link); }
.scroll { overflow-x: auto; }
.scroll { margin: 0.8rem 0; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.9rem 0.35rem 0; }
thead th { border-bottom: 2px solid var(--ink); }
tbody td, tbody th { border-bottom: 1px solid var(--rule); }
tbody th { padding-top: 0.9rem; }
small { color: var(--note); }
.one { white-space: nowrap; }
.wide { min-width: 15rem; }
.swatch { display: inline-block; width: 0.8em; height: 0.8em; margin-right: 0.4em; }
.panels { display: grid; gap: 1rem 1.5rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 520px), 1fr)); }
.panels > div { min-width: 0; }
figure { margin: 0.6rem 0; overflow-x: auto; }
figure svg { max-width: 100%; height: auto; display: block; }
figcaption { font-size: 0.85rem; color: var(--note); max-width: 48rem; }
pre { background: var(--shade); padding: 0.7rem; overflow-x: auto; font-size: 0.85rem; }
@media (max-width: 600px) {
  body { padding: 0.8rem; } figure svg { min-width: calc(0.8 * var(--width)); }
  thead { display: none; } tr, tbody th { display: block; } tr { padding: 0.3rem 0; }
  td { display: flex; padding: 0.1rem 0; border: none !important; }
  td::before { content: attr(data-column); flex: 0 0 8.5rem; color: var(--note); }
  td[data-column=""]::before { display: none; } td[data-column=""]:first-child { color: var(--note); }
  tbody th { border: none; } td > div { min-width: 0; overflow-wrap: anywhere; }
  tr { border-bottom: 1px solid var(--rule); } .wide { min-width: 0; } }
@media print { body { max-width: none; font-size: 11pt; } figure, tr { break-inside: avoid; }
  h2, h3 { break-after: avoid; } nav { display: none; } .scroll { overflow: visible; } }
)";

/// Each cell names its column, so that on a narrow screen a row can stand as a list.
Markup row_html(const std::vector<Markup>& cells, const std::vector<std::string>& columns) {
  if (cells.size() == 1) {
    return markup("<tr><th colspan=\"{}\">{}</th></tr>\n", columns.size(), cells.front());
  }
  Markup row;
  for (size_t i = 0; i < cells.size(); ++i) {
    row += markup("<td data-column=\"{}\"><div>{}</div></td>", columns.at(i), cells[i]);
  }
  return markup("<tr>{}</tr>\n", row);
}

}  // namespace

Markup paragraph(const Markup& words) { return markup("<p>{}</p>\n", words); }

Markup heading(const Markup& words) { return markup("<h3>{}</h3>\n", words); }

Markup table(const Table& table) {
  Markup head, body;
  for (const auto& column : table.columns) {
    if (!column.empty()) head += markup("<th>{}</th>", column);
  }
  if (!head.empty()) head = markup("<thead><tr>{}</tr></thead>\n", head);
  for (const auto& row : table.rows) body += row_html(row, table.columns);
  return markup(
      "<div class=\"scroll\"><table>\n{}<tbody>\n{}</tbody>\n</table></div>\n", head, body);
}

Markup figure(const Figure& figure, const Markup& caption) {
  return markup("<figure style=\"--width:{}px\">\n{}{}</figure>\n",
                short_number(figure.size.width),
                svg_element(figure),
                caption.empty() ? caption : markup("<figcaption>{}</figcaption>\n", caption));
}

Markup panels(const std::vector<Markup>& blocks) {
  Markup all;
  for (const auto& block : blocks) all += markup("<div>\n{}</div>\n", block);
  return markup("<div class=\"panels\">\n{}</div>\n", all);
}

Markup listing(const std::vector<std::string>& lines) {
  Markup all;
  for (const auto& line : lines) all += markup("{}\n", line);
  return markup("<pre>{}</pre>\n", all);
}

std::string page(std::string_view title, const Markup& body, const Markup& style) {
  return markup(
             "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<title>{0}</title>\n<style>{1}{3}</style>\n</head>\n<body>\n<h1>{0}</h1>\n{2}"
             "</body>\n</html>\n",
             title,
             Markup::own<kStyle>(),
             body,
             style)
      .str();
}

}  // namespace ww::html
