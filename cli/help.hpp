// help.hpp: how help looks, and what every command has.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace ww {

/// CLI11's help, wrapped at the terminal's width, lists with a space after each comma.
class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app,
                        std::string name,
                        CLI::AppFormatMode mode) const override;
  std::string make_option_opts(const CLI::Option* option) const override;
};

/// The text with lines of at most `width` columns, 0: any; what goes on begins where the line's
/// description does.
std::string wrapped(const std::string& text, size_t width);

/// COLUMNS, or the width of the terminal on standard output; 0 where there is neither.
size_t help_width();

/// Gives every command its --quiet.
void add_quiet_flag(CLI::App& app);

}  // namespace ww
