// show.cpp: examples of a task that a person can read.

#include <fmt/format.h>

#include "base/check.hpp"
#include "cli/commands.hpp"
#include "cli/task_flags.hpp"
#include "tasks/drawing.hpp"

namespace ww {

namespace {

struct ShowOptions {
  TaskFlags task;
  StreamFlags stream;
  int64_t count = 3;
};

void show(const ShowOptions& options) {
  check(options.count >= 1, "--count must be at least 1 but got {}", options.count);
  const auto task = options.task.make();
  const auto stream = options.stream.stream();
  fmt::print("{}\n", task->text());
  for (int64_t index = 0; index < options.count; ++index) {
    fmt::print("\n{}", drawing(*task, sample_at(*task, stream, index)));
  }
  fmt::print("\n= what is read   ^ where the answer is graded\n");
}

}  // namespace

void add_show(CLI::App& app) {
  const auto o = std::make_shared<ShowOptions>();
  auto* command = app.add_subcommand("show", "Examples of a task that a person can read");
  o->task.add_name(*command);
  command->add_option("--count", o->count, "How many strings")->capture_default_str();
  o->stream.add_options(*command);
  o->task.add_options(*command);
  command->callback([o] { show(*o); });
}

}  // namespace ww
