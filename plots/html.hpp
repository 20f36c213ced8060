// html.hpp: the few pieces of HTML that a report is made of. Arguments called `html` stand as they
// are; everything else is escaped here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plots/canvas.hpp"

namespace ww::html {

std::string paragraph(std::string_view text);
std::string heading(std::string_view text);

/// Cells are html. A row of one cell is a heading over the whole width; columns without names give
/// a table without a head.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};
std::string table(const Table& table);

/// The figure inline, with a caption below it where that is not empty.
std::string figure(const Figure& figure, std::string_view caption = {});

/// Blocks beside each other where there is room, else one below the other.
std::string panels(const std::vector<std::string>& blocks);

/// Lines of a terminal.
std::string listing(const std::vector<std::string>& lines);

/// A whole page without anything from outside; `style` is CSS that comes after the common one.
std::string page(std::string_view title, std::string_view html, std::string_view style = {});

}  // namespace ww::html
