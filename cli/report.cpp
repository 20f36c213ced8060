// report.cpp: the page of a folder of runs, rebuilt from what they wrote.

#include <filesystem>

#include "cli/commands.hpp"
#include "cli/left_out.hpp"

namespace ww {

namespace {

struct ReportOptions {
  std::string folder, out;
};

void report(const ReportOptions& options) {
  const std::filesystem::path folder = options.folder;
  const auto out =
      options.out.empty() ? folder / "report.html" : std::filesystem::path(options.out);
  if (write_page(folder, out, out.string())) throw CLI::RuntimeError(kLeftOutStatus);
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
