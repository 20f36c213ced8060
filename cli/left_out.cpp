#include "cli/left_out.hpp"

#include <fmt/format.h>

#include "base/streams.hpp"
#include "plots/report.hpp"

namespace ww {

bool tell_left_out(const ProbeReport& done) {
  for (const auto& [metric, why] : done.left_out) {
    fmt::print(
        stderr, "warning: {} is left out, it does not pass its own check: {}\n", metric, why);
  }
  return !done.left_out.empty();
}

bool write_page(const std::filesystem::path& folder,
                const std::filesystem::path& out,
                const std::string& line) {
  const auto notes = write_report(folder, out);
  for (const auto& warning : notes.warnings) tell("warning: {}\n", warning);
  for (const auto& left_out : notes.left_out) fmt::print(stderr, "warning: {}\n", left_out);
  if (!is_standard_output(out)) fmt::print("{}\n", line);
  return !notes.left_out.empty();
}

}  // namespace ww
