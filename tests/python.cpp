#include "tests/python.hpp"

#include <cstdlib>

#include "base/files.hpp"
#include "tests/catch.hpp"

namespace ww::test {

namespace {

bool run(const std::string& arguments) {
  const auto python = source_root() / ".venv" / "bin" / "python";
  return std::system(("'" + python.string() + "' " + arguments).c_str()) == 0;
}

}  // namespace

bool python_has(const std::string& modules) {
  return run("-c 'import " + modules + "' 2>/dev/null");
}

bool run_python(const std::string& script, const std::vector<std::string>& arguments) {
  const TemporaryFolder folder;
  const auto file = folder / "script.py";
  write_file(file, script);
  return run_python_file(file, arguments);
}

bool run_python_file(const std::filesystem::path& script,
                     const std::vector<std::string>& arguments) {
  std::string words = "-B '" + script.string() + "'";  // writes nothing beside it
  for (const auto& argument : arguments) words += " '" + argument + "'";
  return run(words);
}

}  // namespace ww::test
