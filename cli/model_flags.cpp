#include "cli/model_flags.hpp"

#include <fmt/format.h>

#include "base/cores.hpp"
#include "base/streams.hpp"
#include "models/device.hpp"
#include "models/formats/hub_cache.hpp"

namespace ww {

void ModelFlags::add_checkpoint(CLI::App& command) {
  command
      .add_option(
          "checkpoint",
          checkpoint,
          "A run's folder, a Hugging Face folder, one with whatwhere.json, or a file: .gguf "
          "(the first of a split one), .bin of llama2.c, .safetensors, .pt; or a model of the "
          "local Hugging "
          "Face cache by its name, org/name")
      ->required()
      ->transform(local_checkpoint);
  command.add_option("--device", device, "auto, cpu or cuda")->capture_default_str();
  command.add_flag("--allow-unused",
                   allow_unused,
                   "Read the model although some tensors of its files have no place in it");
  command
      .add_option(
          "--threads", threads, "CPU threads; 0: one for each core that the process may use")
      ->capture_default_str();
}

void ModelFlags::add_input(CLI::App& command) {
  auto* const source = command.add_option_group("Input", "exactly one of");
  InputOptions::visit(input, [&](const char* name, auto& field, const char* help) {
    const std::string flag = std::string("--") + name;
    const bool is_source = flag == "--text" || flag == "--ids" || flag == "--task";
    if constexpr (std::is_same_v<std::decay_t<decltype(field)>, bool>) {
      command.add_flag(flag, field, help);
    } else {
      (is_source ? *source : command).add_option(flag, field, help)->capture_default_str();
    }
  });
  source->require_option(1);
}

void ModelFlags::use_threads() const {
  make_deterministic(threads == 0 ? usable_cores() : threads);
}

Loaded ModelFlags::load(bool allow_headless) const {
  use_threads();
  const auto tensors = at::TensorOptions(at::kFloat).device(choose_device(device));
  return load_checkpoint(checkpoint, {tensors, allow_unused, allow_headless});
}

void print_notes(const std::vector<std::string>& notes) {
  for (const auto& note : notes) tell("note: {}\n", note);
}

}  // namespace ww
