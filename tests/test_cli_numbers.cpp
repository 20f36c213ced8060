// test_cli_numbers.cpp: numbers on the command line, over every option that takes one.

#include <regex>
#include <sstream>

#include "tests/catch.hpp"
#include "tests/program.hpp"

using namespace ww;
using Catch::Matchers::Contains;

namespace {

/// "diagnose" -> {"--jobs", ..}: the options whose help names one of the types.
std::map<std::string, std::vector<std::string>> options_of(const std::string& types) {
  static const std::regex command("^  ([a-z][a-z-]*) {2,}.*"), any("^ .*");
  const std::regex option("^ .*(--[a-z0-9-]+) (" + types + ")( |$).*");
  std::map<std::string, std::vector<std::string>> found;
  std::istringstream commands(test::run_program("--help").output);
  std::smatch match;
  for (std::string line; std::getline(commands, line);) {
    if (!std::regex_match(line, match, command)) continue;
    const std::string name = match[1];
    std::istringstream options(test::run_program(name + " --help").output);
    for (std::string text; std::getline(options, text);) {
      if (std::regex_match(text, match, option)) found[name].push_back(match[1]);
    }
  }
  return found;
}

void check_refused(const std::string& types, const std::vector<std::string>& wrong) {
  size_t options = 0;
  for (const auto& [command, names] : options_of(types)) {
    for (const auto& option : names) {
      const auto& value = wrong[options++ % wrong.size()];
      INFO(command << " " << option << " '" << value << "'");
      CHECK_THAT(test::refused_program(command + " " + option + "='" + value + "'"),
                 Contains(option) && Contains(value));
    }
  }
  CHECK(options >= 3);
}

}  // namespace

TEST_CASE("Whole numbers that do not fit, or are no whole numbers, are refused by every option",
          "[numbers]") {
  check_refused(
      "INT|UINT",
      {"18446744073709551616", "-9223372036854775809", "1e3", "0x10", "5x", "010", "2.5"});
}
