// gpu_check.cpp: the kernels held against their references on a real GPU, then timed.

#include "models/gpu_check/gpu_check.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/files.hpp"
#include "cli/commands.hpp"

namespace ww {

namespace {

struct GpuCheckFlags {
  std::string out;
  GpuCheckOptions options;
};

void print_summary(const nlohmann::json& record) {
  fmt::print("{}\n", record["device"].get<std::string>());
  for (const auto* const part :
       {"warps", "attention", "usage", "probe_usage", "steps", "decoder", "timings", "library"}) {
    fmt::print("{:11} {:4} checked\n", part, record[part].size());
  }
}

void run_gpu_check(const GpuCheckFlags& flags) {
  const auto record = gpu_check(flags.options);
  const auto text = record.dump(2) + "\n";
  if (flags.out.empty()) {
    fmt::print("{}", text);
  } else {
    write_file(flags.out, text);
    print_summary(record);
  }
  const auto failure = record["failure"].get<std::string>();
  if (!failure.empty()) throw std::runtime_error("gpu-check: " + failure);
}

}  // namespace

void add_gpu_check(CLI::App& app) {
  const auto o = std::make_shared<GpuCheckFlags>();
  auto* command = app.add_subcommand(
      "gpu-check", "The CUDA kernels against their references on a GPU, then timings");
  command->add_option("-o,--out", o->out, "JSON file to write; standard output without it");
  command->add_option("--rounds", o->options.rounds, "Timed rounds of each contestant")
      ->check(CLI::PositiveNumber);
  command->callback([o] { run_gpu_check(*o); });
}

}  // namespace ww
