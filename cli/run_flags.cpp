#include "cli/run_flags.hpp"

#include <fmt/ranges.h>

#include <set>

#include "base/text.hpp"
#include "models/encoding.hpp"

namespace ww {

namespace {

std::string remembered;

/// Values of one option by who starts with them, encodings or presets.
class Fallbacks {
 public:
  void add(const std::string& whose, std::string value) {
    different_.insert(value);
    all_.push_back(whose + " " + std::move(value));
  }
  /// The option's value in `options`.
  template <typename Options>
  void add(const std::string& whose, const Options& options, const std::string& option) {
    Options::visit(options, [&](const char* name, const auto& field, const char*) {
      if (option == name) add(whose, fmt::format("{}", field));
    });
  }
  /// "[smoke 1500, cpu 8000]", or the value that all share.
  std::string text() const {
    if (different_.size() == 1) return fmt::format("[{}]", *different_.begin());
    return fmt::format("[{}]", fmt::join(all_, ", "));
  }

 private:
  std::vector<std::string> all_;
  std::set<std::string> different_;
};

/// "Share of .. (rope, rope_half) [rope 1, rope_half 0.5]".
std::string encoding_help(const std::string& option, const char* what) {
  std::vector<std::string> readers;
  Fallbacks rows, presets;
  for (const auto& row : encodings()) {
    if (!row.reads(option)) continue;
    readers.emplace_back(row.name);
    rows.add(row.name, row.fallbacks, option);
  }
  for (const auto& preset : training_presets()) presets.add(preset.name, preset.delta);
  const auto& fallbacks = option == "pope-delta" ? presets : rows;  // the one that presets set
  return fmt::format("{} ({}) {}", what, fmt::join(readers, ", "), fallbacks.text());
}

std::string training_help(const std::string& option, const char* what) {
  Fallbacks presets;
  for (const auto& preset : training_presets()) presets.add(preset.name, preset, option);
  return fmt::format("{} {}", what, presets.text());
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
  // The value where none is typed, which help would show as what holds where nothing is.
  options_[name]->expected(0, 1)->default_str("true")->option_text("true|false");
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
  const EncodingOptions options;
  EncodingOptions::visit(options, [&](const char* name, const auto&, const char* help) {
    encoding.add(command, name, encoding_help(name, help), "Encoding");
  });
  const TrainingPreset presets;
  TrainingPreset::visit(presets, [&](const char* name, const auto& field, const char* help) {
    constexpr bool is_switch = std::is_same_v<std::decay_t<decltype(field)>, bool>;
    const auto add = is_switch ? &TypedFlags::add_switch : &TypedFlags::add;
    (training.*add)(command, name, training_help(name, help), "Training");
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
  remembered = as_utf8(fmt::format("{}", fmt::join(words, " ")));  // for JSON and HDF5
}

}  // namespace ww
