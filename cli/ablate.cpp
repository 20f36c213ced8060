// ablate.cpp: what a model loses under an intervention.

#include "probes/ablate/ablate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/check.hpp"
#include "base/statistics.hpp"
#include "cli/commands.hpp"
#include "cli/findings_line.hpp"
#include "cli/probe_flags.hpp"
#include "cli/progress.hpp"
#include "cli/task_flags.hpp"

namespace ww {

namespace {

struct AblateFlags {
  ProbeFlags probe;
  AblateOptions ablate;
  std::string heads = "all";
};

void print_totals(const AblateReport& report) {
  if (report.range > 0) fmt::print("curves averaged over offsets 0 to {}\n", report.range - 1);
  fmt::print("intervention on all layers {:>11}  95 % interval over texts\n",
             loss_unit(report.probe));
  for (const auto& [name, effect] : report.totals) {
    fmt::print("{:26}  {:+10.4f}  {:+.4f} to {:+.4f}{}\n",
               name,
               effect.mean,
               effect.low,
               effect.high,
               effect.texts.size() < kFewTexts ? "  (few texts: too narrow)" : "");
  }
}

void print_heads(const AblateReport& report) {
  for (const auto& heads : report.heads) {
    if (!std::isfinite(heads.rho)) {  // as of PoPE, whose shares are all 0
      fmt::print("{} by head: no rank correlation with the quadrature share, one is constant\n",
                 heads.intervention);
      continue;
    }
    fmt::print(
        "{} by head: rank correlation with the quadrature share {:+.2f} ({:+.2f} to {:+.2f}) "
        "over {} heads\n",
        heads.intervention,
        heads.rho,
        heads.low,
        heads.high,
        heads.heads);
  }
}

/// An option that is typed where nothing reads it was meant for something.
void check_used(const CLI::App& command, const AblateOptions& options) {
  const auto names = [&](const char* name) {
    return std::ranges::find(options.interventions, name) != options.interventions.end();
  };
  for (const auto* flag : {"--bands", "--controls"}) {
    check(command.count(flag) == 0 || options.layers != "all",
          "{} is about layers one by one: it needs --layers each, or a list of layers",
          flag);
  }
  check(command.count("--factor") == 0 || names("attenuate"),
        "--factor is what attenuate multiplies with: it needs --interventions attenuate");
  check(command.count("--range") == 0 || names("unshift") || names("unscale"),
        "--range is what unshift and unscale average over: --interventions names neither");
}

void ablate_checkpoint(const CLI::App& command, const AblateFlags& flags) {
  check_used(command, flags.ablate);
  auto options = flags.ablate;
  options.probe = flags.probe.options();
  check(flags.heads == "all" || flags.heads == "each",
        "--heads must be all or each but got '{}'",
        flags.heads);
  options.heads = flags.heads == "each";
  PassProgress clean("probe", "tokens x layers"), passes("ablate", "passes");
  const auto report = ablate(options, clean.callback(), passes.callback());
  clean.end();
  passes.end();
  print_probe_line(flags.probe.out, report.probe);
  print_totals(report);
  print_heads(report);
  print_findings(flags.probe.out);
  end_with_warnings(report.probe);
}

}  // namespace

void add_ablate(CLI::App& app) {
  const auto o = std::make_shared<AblateFlags>();
  auto* command = app.add_subcommand("ablate", "What interventions on content and position cost");
  o->probe.add(*command);
  std::string names = "What to do, of";
  for (const auto& row : interventions()) names += fmt::format("\n{}: {}", row.name, row.what);
  auto& a = o->ablate;
  command->add_option("--interventions", a.interventions, names)->delimiter(',');
  command->add_option(
      "--layers", a.layers, "all: at once alone; each: also one by one; or a list: 0,3");
  command->add_option("--heads", o->heads, "each: also head by head, in the layers of --layers");
  command->add_option(
      "--bands", a.bands, "Bands of frequencies, for layers one by one; at most one a frequency");
  command->add_option(
      "--controls", a.controls, "Random sets of frequencies beside each band, and a matched one");
  command->add_option("--screen",
                      a.screen,
                      "Only so many bands, those where a small change moves the loss most; 0: all");
  command->add_option(
      "--side", a.side, "Which chunks are changed: both (of queries and keys), query, key");
  command->add_option("--factor", a.factor, "attenuate: what contributions are multiplied with");
  command->add_option("--range",
                      a.range,
                      "Offsets that tuning curves are averaged over, tokens; unshift and unscale "
                      "depend on it; 0: the longest text");
  command->add_option("--seed", a.seed, "Of shuffles, random sets and the bootstrap")
      ->capture_default_str();
  command->callback([o, command] { ablate_checkpoint(*command, *o); });
}

}  // namespace ww
