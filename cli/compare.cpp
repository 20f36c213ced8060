// compare.cpp: two probe files side by side.

#include "plots/findings/compare.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "plots/figures.hpp"

namespace ww {

namespace {

using Json = nlohmann::ordered_json;

struct CompareOptions {
  std::string a, b;
  std::optional<int64_t> length;
  bool json = false;
};

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json as_json(const Comparison& comparison) {
  auto rows = Json::array();
  for (const auto& row : comparison.rows) {
    rows.push_back({{"quantity", row.quantity},
                    {"unit", row.unit},
                    {"a", number_or_null(row.a)},
                    {"b", number_or_null(row.b)},
                    {"difference", number_or_null(row.difference)},
                    {"low", number_or_null(row.low)},
                    {"high", number_or_null(row.high)},
                    {"note", row.note}});
  }
  return {{"a", comparison.a},
          {"b", comparison.b},
          {"same_texts", comparison.same_texts},
          {"length", comparison.length},
          {"rows", std::move(rows)}};
}

void compare_files(const CompareOptions& options) {
  const auto probes = read_named_probes({options.a, options.b});
  const auto comparison = compare(probes.at(0), probes.at(1), options.length);
  fmt::print("{}",
             options.json
                 ? as_json(comparison).dump(2, ' ', false, Json::error_handler_t::replace) + "\n"
                 : comparison_text(comparison));
}

}  // namespace

void add_compare(CLI::App& app) {
  const auto o = std::make_shared<CompareOptions>();
  auto* command = app.add_subcommand(
      "compare", "Two probe files side by side, with intervals of the differences");
  command->add_option("a", o->a, "File that probe or ablate wrote")->required();
  command->add_option("b", o->b, "The other file")->required();
  command->add_option(
      "--length",
      o->length,
      "Compare usage at wavelengths beyond so many tokens; where not given the shorter "
      "training length of the two");
  command->add_flag("--json", o->json, "Print as JSON");
  command->callback([o] { compare_files(*o); });
}

}  // namespace ww
