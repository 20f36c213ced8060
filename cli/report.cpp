// report.cpp: the page of a folder of runs, rebuilt from what they wrote.

#include "plots/report.hpp"

#include <fmt/format.h>

#include "base/check.hpp"
#include "base/streams.hpp"
#include "cli/commands.hpp"

namespace ww {

namespace {

struct ReportOptions {
  std::string folder, out;
};

void report(const ReportOptions& options) {
  const std::filesystem::path folder = options.folder;
  const auto out =
      options.out.empty() ? folder / "report.html" : std::filesystem::path(options.out);
  for (const auto& warning : write_report(folder, out)) {
    tell("warning: {}\n", warning);
  }
  if (!is_standard_output(out)) fmt::print("{}\n", out.string());
}

}  // namespace

void add_report(CLI::App& app) {
  const auto o = std::make_shared<ReportOptions>();
  auto* command =
      app.add_subcommand("report", "Tables and figures of runs, from their records and probes");
  command->add_option("folder", o->folder, "Folder with runs at any depth")->required();
  command->add_option("-o,--out",
                      o->out,
                      "Page to write; FOLDER/report.html where not given; - is standard output");
  command->callback([o] { report(*o); });
}

}  // namespace ww
