// html.hpp: the few pieces of HTML that a report is made of. Text given where markup is wanted is
// escaped (markup.hpp).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plots/canvas.hpp"
#include "plots/markup.hpp"

namespace ww::html {

Markup paragraph(const Markup& words);
Markup heading(const Markup& words);

/// A row of one cell is a heading over the whole width; columns without names give
/// a table without a head.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<Markup>> rows;
};
Markup table(const Table& table);

/// The figure inline, with a caption below it where that is not empty.
Markup figure(const Figure& figure, const Markup& caption = {});

/// Blocks beside each other where there is room, else one below the other.
Markup panels(const std::vector<Markup>& blocks);

/// Lines of a terminal.
Markup listing(const std::vector<std::string>& lines);

/// A whole page without anything from outside; `style` is CSS that comes after the common one.
std::string page(std::string_view title, const Markup& body, const Markup& style = {});

}  // namespace ww::html
