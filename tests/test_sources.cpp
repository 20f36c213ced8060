// test_sources.cpp: rules that hold for all of the program's sources.

#include <fstream>
#include <functional>
#include <regex>

#include "tests/catch.hpp"

using namespace ww;

namespace {

/// Calls f(path, line) for every line of the program's headers and sources.
void for_each_line(const std::function<void(const std::filesystem::path&, const std::string&)>& f) {
  for (const auto* const room : {"base", "tasks", "models", "probes", "plots", "cli"}) {
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(test::source_root() / room)) {
      const auto ending = entry.path().extension();
      if (ending != ".cpp" && ending != ".hpp") continue;
      std::ifstream file(entry.path());
      for (std::string line; std::getline(file, line);) f(entry.path(), line);
    }
  }
}

}  // namespace

TEST_CASE("JSON from outside is parsed in one place", "[sources]") {
  const std::regex parses(R"([Jj]son::parse\()");
  size_t lines = 0;
  for_each_line([&](const auto& path, const auto& line) {
    ++lines;
    if (path.filename() == "json.cpp" || !std::regex_search(line, parses)) return;
    FAIL_CHECK(path << ": " << line);
  });
  CHECK(lines > 10'000);
}

TEST_CASE("No two headers define a type of one name: the linker would mix them up", "[sources]") {
  const std::regex opens(R"(^namespace (\S+) \{)"),
      definition(R"(^(?:struct|class|enum class) (?:alignas\(.*?\) )?(\w+).*\{.*)");
  std::map<std::string, std::filesystem::path> found;
  std::string space;
  std::smatch match;
  for_each_line([&](const auto& path, const auto& line) {
    if (path.extension() != ".hpp" || path.filename() == "fibers.hpp") return;  // or threads.hpp
    if (std::regex_search(line, match, opens)) space = match[1];
    if (!std::regex_match(line, match, definition)) return;
    const auto name = space + "::" + match[1].str();
    const auto [first, fresh] = found.emplace(name, path);
    if (!fresh) FAIL_CHECK(path << " and " << first->second << " define " << name);
  });
  CHECK(found.size() > 100);
}
