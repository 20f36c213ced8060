// encodings.cpp: what position encodings there are to choose from.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

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

void print_json_rows() {
  auto all = nlohmann::ordered_json::array();
  for (const auto& row : encodings()) {
    auto options = nlohmann::ordered_json::object();
    EncodingOptions::visit(row.fallbacks, [&](const char* name, const auto& value, const char*) {
      if (row.reads(name)) options[name] = value;
    });
    all.push_back(
        {{"encoding", row.name}, {"what", row.what}, {"paper", row.paper}, {"options", options}});
  }
  fmt::print("{}\n", all.dump(2));
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
  const auto json = std::make_shared<bool>(false);
  auto* command = app.add_subcommand("encodings", "Position encodings and their options");
  command->add_flag("--json", *json, "As JSON");
  command->callback([json] { *json ? print_json_rows() : print_encodings(); });
}

}  // namespace ww
