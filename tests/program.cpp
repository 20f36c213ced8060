#include "tests/program.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <cstdio>

#include "tests/catch.hpp"

namespace ww::test {

Ran run_program(const std::string& arguments, const std::string& redirection) {
  return run_shell(fmt::format("{} {} {}", WW_PROGRAM, arguments, redirection));
}

Ran run_shell(const std::string& command) {
  FILE* const pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  Ran ran;
  for (int c = fgetc(pipe); c != EOF; c = fgetc(pipe)) ran.output += static_cast<char>(c);
  ran.status = WEXITSTATUS(pclose(pipe));
  return ran;
}

std::string refused_program(const std::string& arguments) {
  const auto [status, line] = run_program(arguments, "2>&1 >/dev/null");
  CHECK(status == 2);
  CHECK(line.find("error: ") == 0);
  CHECK(line.find('\n') + 1 == line.size());
  return line;
}

}  // namespace ww::test
