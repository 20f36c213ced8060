#include "probes/capture.hpp"

#include <ATen/TensorOperators.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.hpp"
#include "probes/selfcheck.hpp"

namespace ww {

namespace {

/// Watches one window: adds each layer's chunks and checks its scores.
class Watcher {
 public:
  Watcher(const Decoder& model,
          bool include_position0,
          TextCapture& text,
          std::vector<double>& errors)
      : model_(model), include_position0_(include_position0), text_(text), errors_(errors) {
    for (int64_t l = 0; l < model.config().layers; ++l) {
      const auto site = fmt::format("blocks.{}.attn.", l);
      handlers_[site + "q"] = [this](const Observation& seen) { q_ = seen.value; };
      handlers_[site + "k"] = [this](const Observation& seen) { k_ = seen.value; };
      handlers_[site + "scores"] = [this](const Observation& seen) { finish_layer(seen); };
    }
  }

  void operator()(const Observation& seen) {
    const auto handler = handlers_.find(seen.site);
    if (handler != handlers_.end()) handler->second(seen);
  }

 private:
  void finish_layer(const Observation& seen) {
    const auto l = static_cast<size_t>(seen.layer);
    const auto& encoding = model_.encoding(seen.layer);
    errors_[l] = std::max(errors_[l], logit_error(encoding, model_.config().scale(), q_, k_, seen));
    if (seen.first_row > 0) return;
    add_window(text_.query[l], encoding.query_chunks(q_), include_position0_);
    add_window(text_.key[l], encoding.key_chunks(k_), include_position0_);
  }

  const Decoder& model_;
  bool include_position0_;
  TextCapture& text_;
  std::vector<double>& errors_;
  std::map<std::string, Observer> handlers_;
  at::Tensor q_, k_;
};

TextCapture capture_text(const Decoder& model,
                         const InputText& input,
                         bool include_position0,
                         std::vector<double>& errors) {
  const auto L = static_cast<size_t>(model.config().layers);
  TextCapture text{std::vector<UsageSums>(L), std::vector<UsageSums>(L)};
  double loss = 0;
  for (const auto& window : input.windows) {
    Watcher watcher(model, include_position0, text, errors);
    const auto logits =
        model.forward(text_input(window.ids, model.options().device()), {std::ref(watcher), {}});
    const auto found = window_loss(logits, window);
    check(std::isfinite(found.loss), "{}: the model's loss there is not finite", input.name);
    loss += found.loss * static_cast<double>(found.predictions);
    text.predictions += found.predictions;
    text.tokens += static_cast<int64_t>(window.ids.size());
  }
  text.loss = text.predictions > 0 ? loss / static_cast<double>(text.predictions)
                                   : std::numeric_limits<double>::quiet_NaN();
  check(text.query.front().tokens > 0,
        "{}: has no token besides the first; leave it out or use --include-position0",
        input.name);
  return text;
}

}  // namespace

Capture capture(const Decoder& model,
                const Inputs& inputs,
                bool include_position0,
                const std::function<void(int64_t done, int64_t of)>& progress) {
  const c10::NoGradGuard no_grad;
  Capture result;
  result.logit_errors.assign(static_cast<size_t>(model.config().layers), 0);
  const auto count = static_cast<int64_t>(inputs.texts.size());
  for (const auto& text : inputs.texts) {
    result.texts.push_back(capture_text(model, text, include_position0, result.logit_errors));
    if (progress) progress(static_cast<int64_t>(result.texts.size()), count);
  }
  return result;
}

}  // namespace ww
