// task_flags.hpp: the flags that choose a task, its preset and its options, shared by every
// subcommand that draws from a task.
//
//   const auto task = std::make_shared<TaskFlags>();
//   task->add_name(*command);            // TASK, where the name is an argument
//   task->add_options(*command);         // --preset, --letters, --n, ..
//   command->callback([task] { const auto made = task->make(); .. });
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <string>

#include "tasks/batch.hpp"
#include "tasks/task.hpp"

namespace ww {

struct TaskFlags {
  std::string name;
  std::string preset = "smoke";

  /// The task as an argument; a command that takes it otherwise sets `name` itself.
  void add_name(CLI::App& command);
  /// --preset and every option that some task has. Their defaults are the preset's.
  void add_options(CLI::App& command);
  /// What was typed, and nothing else.
  TaskOverrides overrides() const;
  /// Throws InputError as make_task does.
  std::unique_ptr<Task> make() const;

 private:
  std::map<std::string, std::string> typed_;  // option -> value, "" where it was not typed
  std::map<std::string, CLI::Option*> options_;
};

/// --split, --seed and --queries: which samples of a task.
struct StreamFlags {
  std::string split = "train";
  uint64_t seed = 0;
  int queries = 1;

  void add_options(CLI::App& command);
  /// Throws InputError that lists the splits where `split` is none of them.
  Stream stream() const;
};

}  // namespace ww
