// explain.cpp: what a probe file says, in sentences.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/findings_line.hpp"
#include "plots/figures.hpp"
#include "plots/findings/findings.hpp"

namespace ww {

namespace {

struct ExplainOptions {
  std::string file;
  bool json = false;
};

void explain(const ExplainOptions& options) {
  const auto found = findings(read_named_probes({options.file}).front());
  if (!options.json) return fmt::print("{}", findings_text(found));
  auto all = nlohmann::ordered_json::array();
  for (const auto& finding : found)
    all.push_back({{"title", finding.title}, {"text", finding.text}});
  fmt::print("{}\n", all.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace

void print_findings(const std::string& file) {
  fmt::print("{}", findings_text(findings(read_named_probes({file}).front())));
}

void add_explain(CLI::App& app) {
  const auto o = std::make_shared<ExplainOptions>();
  auto* command = app.add_subcommand(
      "explain", "What a probe file says, in five sentences with intervals and reference values");
  command->add_option("file", o->file, "File that probe or ablate wrote")->required();
  command->add_flag("--json", o->json, "Print as JSON");
  command->callback([o] { explain(*o); });
}

}  // namespace ww
