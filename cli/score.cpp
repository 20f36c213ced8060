// score.cpp: loss in nats per prediction, per text.

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "base/streams.hpp"
#include "cli/commands.hpp"
#include "cli/model_flags.hpp"
#include "probes/walk.hpp"

namespace ww {

namespace {

constexpr const char* kNoPrediction = "a text of one token, so that nothing is predicted";

struct ScoreFlags {
  ModelFlags model;
  bool json = false;
};

void print_json(const Inputs& inputs, const std::vector<TextLoss>& losses, const TextLoss& all) {
  auto texts = nlohmann::json::array();
  for (size_t i = 0; i < losses.size(); ++i) {
    texts.push_back({{"text", inputs.texts[i].name},
                     {"loss", losses[i].mean()},
                     {"predictions", losses[i].predictions}});
    if (losses[i].predictions > 0) continue;
    texts.back()["loss"] = nullptr;
    texts.back()["reason"] = kNoPrediction;
  }
  const nlohmann::json json = {
      {"loss", all.mean()}, {"predictions", all.predictions}, {"texts", texts}};
  fmt::print("{}\n", json.dump(2));
}

void print_line(const TextLoss& loss, const std::string& name) {
  if (loss.predictions == 0) {
    fmt::print("{:>15}  {:11}  {}\n", "-", 0, name);
    return;
  }
  fmt::print("{:15.4f}  {:11}  {}\n", loss.mean(), loss.predictions, name);
}

/// Each text with the frequencies that it has alone, whatever else is scored.
std::vector<TextLoss> losses_of(Loaded& loaded, const Inputs& inputs) {
  const auto lengths = window_lengths(inputs.texts);
  if (!frequencies_differ(loaded, lengths.shortest, lengths.longest))
    return walk(loaded.model, inputs, {});
  std::vector<TextLoss> losses;
  for (const auto& text : inputs.texts) {
    set_text_length(loaded, window_lengths(std::span(&text, 1)).longest);
    losses.push_back(walk(loaded.model, {{text}, inputs.bos_added}, {}).front());
  }
  return losses;
}

void score(const ScoreFlags& flags) {
  auto loaded = flags.model.load();
  const auto inputs = read_inputs(flags.model.input, loaded, flags.model.checkpoint);
  print_notes(inputs.notes);
  const auto losses = losses_of(loaded, inputs);
  const auto all = pooled(losses);
  check(all.predictions > 0, "no text has two tokens, so that nothing is predicted");
  if (flags.json) return print_json(inputs, losses, all);
  const bool asks = !flags.model.input.task.empty();
  fmt::print("{:>15}  predictions  text\n", asks ? "nats/answer" : "nats/prediction");
  for (size_t i = 0; i < losses.size(); ++i) print_line(losses[i], inputs.texts[i].name);
  print_line(all, "all");
  const auto silent = std::ranges::count(losses, 0, &TextLoss::predictions);
  if (silent > 0) tell("note: {} of {} texts: {}\n", silent, losses.size(), kNoPrediction);
}

}  // namespace

void add_score(CLI::App& app) {
  const auto o = std::make_shared<ScoreFlags>();
  auto* command =
      app.add_subcommand("score", "Loss of a checkpoint in nats per prediction, per text");
  o->model.add_checkpoint(*command);
  o->model.add_input(*command);
  command->add_flag("--json", o->json, "As JSON");
  command->callback([o] { score(*o); });
}

}  // namespace ww
