// model_flags.hpp: the flags of commands that run a checkpoint on something.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>

#include "models/inputs.hpp"

namespace ww {

/// CHECKPOINT, and one of --text, --ids, --task with what goes with them.
struct ModelFlags {
  std::string checkpoint, device = "auto";
  InputOptions input;
  bool allow_unused = false;
  int64_t threads = 0;  // 0: usable_cores()

  void add_checkpoint(CLI::App& command);
  void add_input(CLI::App& command);
  /// Sets the threads and opens the checkpoint; without a head only where that is allowed.
  Loaded load(bool allow_headless = false) const;
  void use_threads() const;
};

/// On standard error, a line each.
void print_notes(const std::vector<std::string>& notes);

}  // namespace ww
