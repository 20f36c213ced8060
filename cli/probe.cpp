// probe.cpp: how much queries and keys use each frequency.

#include "probes/probe.hpp"

#include "cli/commands.hpp"
#include "cli/findings_line.hpp"
#include "cli/probe_flags.hpp"

namespace ww {

namespace {

void probe_checkpoint(const ProbeFlags& flags) {
  PassProgress progress("probe", "tokens x layers");
  const auto done = probe(flags.options(), progress.callback());
  progress.end();
  print_probe_line(flags.out, done);
  print_findings(flags.out);
  end_with_warnings(done);
}

}  // namespace

void add_probe(CLI::App& app) {
  const auto o = std::make_shared<ProbeFlags>();
  auto* command = app.add_subcommand("probe", "How much queries and keys use each frequency");
  o->add(*command);
  command->callback([o] { probe_checkpoint(*o); });
}

}  // namespace ww
