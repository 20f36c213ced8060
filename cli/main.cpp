// main.cpp: parse, call, and turn every refusal into one line and an exit status.
//
//   0 done        2 the user's input is wrong        1 anything else

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <exception>
#include <string>
#include <vector>

#include "base/check.hpp"
#include "cli/commands.hpp"
#include "cli/run_flags.hpp"

namespace ww {
namespace {

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    if (!option->get_lnames().empty()) names.push_back("--" + option->get_lnames().front());
  }
  return names;
}

/// CLI11's message names neither what is allowed nor a mistyped subcommand: add what there is.
std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  const auto chosen = app.get_subcommands();
  if (chosen.empty()) {
    const auto rest = app.remaining();
    const auto what = rest.empty() ? std::string("no command given")
                                   : fmt::format("unknown command '{}'", rest.front());
    return fmt::format("{}; there are: {}", what, fmt::join(command_names(app), ", "));
  }
  const auto& command = *chosen.front();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    const auto rest = app.remaining(true);
    return fmt::format("{}: does not know '{}'; its options are: {}",
                       command.get_name(),
                       rest.empty() ? "?" : rest.front(),
                       fmt::join(option_names(command), ", "));
  }
  return fmt::format("{}: {}", command.get_name(), error.what());
}

int fail(int status, const std::string& sentence) {
  fmt::print(stderr, "error: {}\n", sentence);
  return status;
}

int run(int argc, char** argv) {
  CLI::App app{"Which position encodings match by what, by where, or both: train, probe, draw."};
  app.name("whatwhere");
  app.set_version_flag("--version", WW_VERSION);
  app.require_subcommand(1);
  app.option_defaults()->always_capture_default();
  remember_command_line(argc, argv);
  for (const auto add : commands()) add(app);
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return fail(2, explain(app, error));
  } catch (const InputError& error) {
    return fail(2, error.what());
  } catch (const std::exception& error) {
    return fail(1, error.what());
  }
}

}  // namespace
}  // namespace ww

int main(int argc, char** argv) { return ww::run(argc, argv); }
