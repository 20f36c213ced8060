// program.hpp: the program run as a person runs it.
#pragma once

#include <string>

namespace ww::test {

struct Ran {
  int status = 0;
  std::string output;
};

/// Runs `whatwhere ARGUMENTS` in a shell; standard output, or what the redirection leaves of it.
Ran run_program(const std::string& arguments, const std::string& redirection = "2>/dev/null");

/// Runs a shell command and takes its standard output.
Ran run_shell(const std::string& command);

/// The one line on standard error of a command that must be refused with status 2.
std::string refused_program(const std::string& arguments);

}  // namespace ww::test
