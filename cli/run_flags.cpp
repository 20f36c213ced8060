#include "cli/run_flags.hpp"

#include <fmt/ranges.h>

#include <set>

#include "models/encoding.hpp"

namespace ww {

namespace {

std::string remembered;

/// "rope, rope_half, p_rope; default 10000".
std::string encoding_help(const std::string& option) {
  std::vector<std::string> readers;
  for (const auto& row : encodings()) {
    if (row.reads(option)) readers.emplace_back(row.name);
  }
  std::string fallback;
  const EncodingOptions options;
  EncodingOptions::visit(options, [&](const char* name, const auto& field) {
    if (option == name) fallback = fmt::format("{}", field);
  });
  return fmt::format("of {} [{}]", fmt::join(readers, ", "), fallback);
}

/// "[smoke 1500, cpu 8000, ..]", or the value that all presets share.
std::string training_help(const std::string& option) {
  std::vector<std::string> values;
  std::set<std::string> different;
  for (const auto& preset : training_presets()) {
    TrainingPreset::visit(preset, [&](const char* name, const auto& field) {
      if (option != name) return;
      values.push_back(fmt::format("{} {}", preset.name, field));
      different.insert(fmt::format("{}", field));
    });
  }
  const std::string words = option == "dtype" ? "float32, or bf16: products in bfloat16 " : "";
  if (different.size() == 1) return fmt::format("{}[{}]", words, *different.begin());
  return fmt::format("[{}]", fmt::join(values, ", "));
}

std::string quoted(const std::string& word) {
  const bool plain = word.find_first_of(" \t\n\"'$`\\*?[](){}<>|&;!#~") == std::string::npos;
  return plain && !word.empty() ? word : fmt::format("'{}'", word);
}

}  // namespace

void TypedFlags::add(CLI::App& command,
                     const std::string& name,
                     const std::string& help,
                     const char* group) {
  options_[name] = command.add_option("--" + name, typed_[name], help)->group(group);
}

void TypedFlags::add_switch(CLI::App& command,
                            const std::string& name,
                            const std::string& help,
                            const char* group) {
  typed_[name] = "true";
  add(command, name, help, group);
  options_[name]->expected(0, 1)->default_str("true");
}

Overrides TypedFlags::overrides() const {
  Overrides typed;
  for (const auto& [name, option] : options_) {
    if (option->count() > 0) typed[name] = typed_.at(name);
  }
  return typed;
}

void RunFlags::add_options(CLI::App& command) {
  task.add_options(command);
  for (const auto& name : option_names<EncodingOptions>()) {
    encoding.add(command, name, encoding_help(name), "Encoding");
  }
  const TrainingPreset presets;
  TrainingPreset::visit(presets, [&](const char* name, const auto& field) {
    constexpr bool is_switch = std::is_same_v<std::decay_t<decltype(field)>, bool>;
    const auto add = is_switch ? &TypedFlags::add_switch : &TypedFlags::add;
    (training.*add)(command, name, training_help(name), "Training");
  });
  command
      .add_option("--random-positions",
                  random_positions,
                  "Positions are a sorted random subset of 0 .. this - 1; 0: 0, 1, 2, ..")
      ->group("Training")
      ->capture_default_str();
  command.add_option("--device", device, "auto, cpu or cuda")->capture_default_str();
  command
      .add_option(
          "--threads", threads, "CPU threads of a run; sums of tensor operations depend on them")
      ->capture_default_str();
  command
      .add_option(
          "--kernels",
          kernels,
          "auto: fused CPU kernels where they can run, on a GPU attention kernels; fused: the "
          "first or an error; library: tensor operations, attention by LibTorch's own; plain: "
          "tensor operations")
      ->capture_default_str();
}

RunOptions RunFlags::run(const std::string& task_name,
                         const std::string& encoding_name,
                         uint64_t seed) const {
  RunOptions options;
  options.task = task_name;
  options.preset = task.preset;
  options.encoding = encoding_name;
  options.task_options = task.overrides();
  options.encoding_options = encoding.overrides();
  options.training_options = training.overrides();
  options.seed = seed;
  options.random_positions = random_positions;
  return options;
}

std::string command_line() { return remembered; }

void remember_command_line(int argc, char** argv) {
  std::vector<std::string> words = {"whatwhere"};
  for (int i = 1; i < argc; ++i) words.push_back(quoted(argv[i]));
  remembered = fmt::format("{}", fmt::join(words, " "));
}

}  // namespace ww
