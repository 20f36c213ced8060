// score.cpp: loss in nats per prediction, per text.

#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/commands.hpp"
#include "cli/model_flags.hpp"

namespace ww {

namespace {

struct ScoreFlags {
  ModelFlags model;
  bool json = false;
};

struct TextScore {
  std::string name;
  double loss = 0;
  int64_t predictions = 0;
};

TextScore score_text(const Decoder& model, const InputText& text) {
  TextScore score{text.name};
  for (const auto& window : text.windows) {
    const auto logits = model.forward(text_input(window.ids, model.options().device()));
    const auto found = window_loss(logits, window);
    score.loss += found.loss * static_cast<double>(found.predictions);
    score.predictions += found.predictions;
  }
  return score;
}

void print_json(const std::vector<TextScore>& scores, const TextScore& total) {
  auto texts = nlohmann::json::array();
  for (const auto& s : scores) {
    texts.push_back(
        {{"text", s.name}, {"loss", s.loss / s.predictions}, {"predictions", s.predictions}});
  }
  const nlohmann::json json = {{"loss", total.loss / total.predictions},
                               {"predictions", total.predictions},
                               {"texts", texts}};
  fmt::print("{}\n", json.dump(2));
}

void score(const ScoreFlags& flags) {
  const c10::NoGradGuard no_grad;
  const auto loaded = flags.model.load();
  const auto inputs = read_inputs(flags.model.input, loaded, flags.model.checkpoint);
  std::vector<TextScore> scores;
  TextScore total{"all"};
  for (const auto& text : inputs.texts) {
    scores.push_back(score_text(loaded.model, text));
    total.loss += scores.back().loss;
    total.predictions += scores.back().predictions;
  }
  if (flags.json) return print_json(scores, total);
  fmt::print("nats/prediction  predictions  text\n");
  scores.push_back(total);
  for (const auto& s : scores) {
    fmt::print("{:15.4f}  {:11}  {}\n", s.loss / s.predictions, s.predictions, s.name);
  }
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
