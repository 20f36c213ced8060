// run_flags.hpp: the flags that describe training runs, shared by train and diagnose. Each comes
// from the visit() of the options it sets; only what was typed is passed on.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "cli/task_flags.hpp"
#include "models/run.hpp"

namespace ww {

/// Flags for the fields of an options struct; values stay text until the struct takes them.
class TypedFlags {
 public:
  void add(CLI::App& command, const std::string& name, const std::string& help, const char* group);
  /// One that may stand alone, as `true`.
  void add_switch(CLI::App& command,
                  const std::string& name,
                  const std::string& help,
                  const char* group);
  Overrides overrides() const;

 private:
  std::map<std::string, std::string> typed_;
  std::map<std::string, CLI::Option*> options_;
};

struct RunFlags {
  TaskFlags task;
  TypedFlags encoding, training;
  std::string device = "auto";
  int64_t threads = 1;
  std::string kernels = "auto";
  int64_t random_positions = 0;

  void add_options(CLI::App& command);
  /// The run of one task, encoding and seed under these flags.
  RunOptions run(const std::string& task_name,
                 const std::string& encoding_name,
                 uint64_t seed) const;
};

/// The command line as one string, quoted where a shell needs it: what records and files state.
std::string command_line();
void remember_command_line(int argc, char** argv);

}  // namespace ww
