// main.cpp: parse, call, and turn every refusal into one line and an exit status.
//
//   0 done        2 the user's input is wrong        3 done, but something was left out by name
//   1 anything else
//   130, 143, ..  stopped by a signal and saved: 128 + the signal

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <new>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/mapped_faults.hpp"
#include "base/streams.hpp"
#include "cli/command_names.hpp"
#include "cli/commands.hpp"
#include "cli/config_file.hpp"
#include "cli/help.hpp"
#include "cli/nearest.hpp"
#include "cli/numbers.hpp"
#include "cli/run_flags.hpp"
#include "models/device.hpp"
#include "models/processes/communicator.hpp"

namespace ww {
namespace {

/// CLI11's message names neither what is meant nor a mistyped subcommand: add what is nearest.
std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  const auto chosen = app.get_subcommands();
  if (chosen.empty()) {
    const auto rest = app.remaining();
    const auto what = rest.empty() ? std::string("no command given")
                                   : fmt::format("unknown command '{}'", rest.front());
    return fmt::format("{}; {}", what, which_command(app, rest.empty() ? "" : rest.front()));
  }
  const auto& command = *chosen.front();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const auto rest = app.remaining(true);
    const auto word = rest.empty() ? std::string("?") : rest.front();
    const auto near = nearest(word.substr(0, word.find('=')), option_names(command));
    return fmt::format("{}: does not know '{}'; {}`whatwhere help {}` lists its options",
                       command.get_name(),
                       word,
                       near.empty() ? "" : fmt::format("did you mean {}? ", near),
                       command.get_name());
  }
  return fmt::format("{}: {}", command.get_name(), error.what());
}

/// Of several processes that were launched together the first speaks where all meet the same, and
/// whoever fails takes the others along.
int fail(int status, const std::string& sentence) {
  if (have_joined() || launched_rank() == 0) tell_always("error: " + sentence + "\n");
  end_processes(status);
  return status;
}

std::string out_of_memory(const std::string& detail) {
  return fmt::format("there is not enough memory ({}); take a smaller model, batch or window",
                     detail);
}

/// LibTorch's words without its trace of the stack.
std::string words_of(const c10::Error& error) {
  const std::string words = error.what_without_backtrace();
  const bool memory = dynamic_cast<const c10::OutOfMemoryError*>(&error) != nullptr ||
                      words.find("can't allocate memory") != std::string::npos;
  return memory ? out_of_memory(words) : words;
}

/// Runs the command; help is one, too.
void parse(CLI::App& app, std::vector<std::string> words) {
  std::ranges::reverse(words);  // CLI11 takes them from the back
  try {
    app.parse(std::move(words));
  } catch (const CLI::Success& help) {
    std::ostringstream text;
    app.exit(help, text, text);
    fmt::print("{}", text.str());
  }
}

int run(int argc, char** argv) {
  CLI::App app{"Which position encodings match by what, by where, or both: train, probe, draw."};
  app.name("whatwhere");
  app.set_version_flag("--version", WW_VERSION);
  app.require_subcommand(1);
  app.option_defaults()->always_capture_default();
  remember_command_line(argc, argv);
  app.formatter(std::make_shared<HelpFormatter>());
  for (const auto add : commands()) add(app);
  add_quiet_flag(app);
  add_config_flag(app);
  check_numbers(app);
  Expanded expanded;
  try {
    expanded = expand_config(app, {argv + 1, argv + argc});
    parse(app, expanded.words);
    flush_standard_output();
    check_mappings_unchanged();
    return 0;
  } catch (const CLI::RuntimeError& ended) {  // a command says how it ended
    std::fflush(stdout);
    return ended.get_exit_code();
  } catch (const CLI::ParseError& error) {
    return fail(2, blame(expanded, explain(app, error)));
  } catch (const InputError& error) {
    return fail(2, blame(expanded, error.what()));
  } catch (const std::filesystem::filesystem_error& error) {
    const auto where = error.path1().empty() ? "a folder or file" : error.path1().string();
    return fail(2, fmt::format("{}: cannot be read: {}", where, error.code().message()));
  } catch (const std::system_error& error) {
    const bool output = std::ferror(stdout) != 0;
    return fail(1, output ? standard_output_fault(error.code().value()) : error.what());
  } catch (const c10::Error& error) {
    return fail(1, words_of(error));
  } catch (const std::bad_alloc& error) {
    return fail(1, out_of_memory(error.what()));
  } catch (const std::exception& error) {
    return fail(1, error.what());
  }
}

}  // namespace
}  // namespace ww

int main(int argc, char** argv) {
  ww::open_standard_streams();
  // A file that may not grow is a write that fails, with its sentence.
  std::signal(SIGXFSZ, SIG_IGN);
  ww::keep_freed_memory();
  return ww::run(argc, argv);
}
