// commands.hpp: the table of subcommands. A new one is cli/<name>.cpp and a line in commands.cpp.
#pragma once

#include <CLI/CLI.hpp>
#include <vector>

namespace ww {

/// Adds one subcommand: its options, help and callback.
using AddCommand = void (*)(CLI::App&);

/// In the order of --help.
const std::vector<AddCommand>& commands();

void add_compare(CLI::App& app);
void add_completion(CLI::App& app);
void add_diagnose(CLI::App& app);
void add_encodings(CLI::App& app);
void add_explain(CLI::App& app);
void add_export(CLI::App& app);
void add_floors(CLI::App& app);
void add_grade(CLI::App& app);
void add_gpu_check(CLI::App& app);
void add_help(CLI::App& app);
void add_inspect(CLI::App& app);
void add_logits(CLI::App& app);
void add_manual(CLI::App& app);
void add_plot(CLI::App& app);
void add_probe(CLI::App& app);
void add_ablate(CLI::App& app);
void add_report(CLI::App& app);
void add_score(CLI::App& app);
void add_show(CLI::App& app);
void add_tasks(CLI::App& app);
void add_train(CLI::App& app);

}  // namespace ww
