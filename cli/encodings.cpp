// encodings.cpp: what position encodings there are to choose from.

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "models/encoding.hpp"

namespace ww {

namespace {

/// The row's options as they would be typed.
std::string options_text(const EncodingRow& row) {
  std::string text;
  EncodingOptions::visit(row.fallbacks, [&](const char* name, const auto& value, const char*) {
    if (row.reads(name)) text += fmt::format(" --{} {}", name, value);
  });
  return text;
}

void print_encodings() {
  fmt::print("{:<12}{:<58}{}\n", "encoding", "what it is, its options by default", "paper");
  for (const auto& row : encodings()) {
    fmt::print("{:<12}{:<58}{}\n", row.name, row.what, row.paper);
    if (!row.options.empty()) fmt::print("           {}\n", options_text(row));
  }
  fmt::print("\n{:<20}{}\n", "option", "what");
  const EncodingOptions options;
  EncodingOptions::visit(options, [](const char* name, const auto&, const char* help) {
    fmt::print("--{:<18}{}\n", name, help);
  });
}

}  // namespace

void add_encodings(CLI::App& app) {
  app.add_subcommand("encodings", "Position encodings and their options")
      ->callback(print_encodings);
}

}  // namespace ww
