#include "probes/walk.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.hpp"

namespace ww {

namespace {

constexpr int64_t kMostRows = 16'384;  // tokens whose activations stand side by side

/// Hands the sites of one window to a visitor.
class Dispatcher {
 public:
  Dispatcher(const Decoder& model, int64_t text, Visitor& visitor)
      : model_(model), text_(text), visitor_(visitor) {}

  void operator()(const Observation& seen) {
    const auto site = std::string_view(seen.site).substr(seen.site.rfind('.') + 1);
    if (site == "q") begin(seen);
    if (site == "k") view_.k = seen.value[0];
    if (site == "v") view_.v = seen.value[0];
    if (site == "sample") {
      visitor_.see(view_);
      visitor_.see_sample(view_, seen.value[0]);
    }
    if (site == "scores") scores_ = seen.value[0];
    if (site == "pattern") visitor_.see_rows(view_, {seen.first_row, scores_, seen.value[0]});
  }

 private:
  void begin(const Observation& seen) {
    const auto& c = model_.config();
    view_ = {seen.layer,
             text_,
             &model_.encoding(seen.layer),
             {c.scale(), c.score_cap, c.window(seen.layer)},
             seen.value[0],
             {},
             {}};
  }

  const Decoder& model_;
  int64_t text_;
  Visitor& visitor_;
  AttentionView view_;
  at::Tensor scores_;
};

Hooks hooks_for(const Decoder& model, int64_t text, const WalkOptions& options) {
  Hooks hooks;
  hooks.sampled = options.sampled;
  if (options.visitor != nullptr) {
    hooks.observe = [dispatch = std::make_shared<Dispatcher>(model, text, *options.visitor)](
                        const Observation& seen) { (*dispatch)(seen); };
  }
  if (options.edit) {
    hooks.edit = [text, &options](const ScoreView& view) {
      return options.edit({view.layer, text, view.first_row, view.q, view.k, view.scores});
    };
  }
  return hooks;
}

/// Windows that are taken through the layers side by side.
using Group = std::vector<std::pair<const Window*, int64_t>>;  // with their texts

std::vector<Group> groups_of(const Inputs& inputs) {
  std::vector<Group> groups;
  int64_t rows = kMostRows;
  for (size_t text = 0; text < inputs.texts.size(); ++text) {
    for (const auto& window : inputs.texts[text].windows) {
      const auto more = static_cast<int64_t>(window.ids.size());
      if (rows + more > kMostRows) {
        groups.emplace_back();
        rows = 0;
      }
      groups.back().emplace_back(&window, static_cast<int64_t>(text));
      rows += more;
    }
  }
  return groups;
}

}  // namespace

double TextLoss::mean() const {
  if (predictions == 0) return std::numeric_limits<double>::quiet_NaN();
  return total / static_cast<double>(predictions);
}

TextLoss pooled(const std::vector<TextLoss>& losses) {
  TextLoss all;
  for (const auto& text : losses) {
    all.tokens += text.tokens;
    all.predictions += text.predictions;
    all.total += text.total;
  }
  return all;
}

void start(Walker& walker,
           const Decoder& model,
           const Window& window,
           int64_t text,
           const WalkOptions& options) {
  walker.window = &window;
  walker.text = text;
  walker.hooks = hooks_for(model, text, options);
  const auto input = text_input(window.ids, model.options().device());
  walker.pass = model.prepare(input, &walker.hooks);
  walker.x = model.embed(input);
}

Graded graded(const Walker& walker) {
  const auto& window = *walker.window;
  const auto T = walker.x.size(1);
  const bool asked = window.answer >= 0;
  const auto rows = asked ? walker.x[0].narrow(0, T - 1, 1) : walker.x[0].narrow(0, 0, T - 1);
  std::vector<int64_t> targets(window.ids.begin() + 1, window.ids.end());
  if (asked) targets = {window.answer};
  return {rows, at::tensor(targets, at::kLong).to(rows.device())};
}

std::vector<double> first_losses(const Decoder& model, const Walker& walker, int64_t most) {
  const auto all = graded(walker);
  const auto count = std::min(all.rows.size(0), most);
  if (count == 0) return {};
  const auto losses =
      model.losses(all.rows.narrow(0, 0, count), all.targets.narrow(0, 0, count)).cpu();
  const auto* const each = losses.const_data_ptr<double>();
  return {each, each + count};
}

void add_losses(const Decoder& model, const Walker& walker, TextLoss& loss) {
  const auto [rows, targets] = graded(walker);
  if (rows.size(0) == 0) return;
  loss.total += model.losses(rows, targets).sum().item<double>();
  loss.predictions += rows.size(0);
}

namespace {

class Walk {
 public:
  Walk(const Decoder& model, const Inputs& inputs, const WalkOptions& options)
      : model_(model), options_(options), losses_(inputs.texts.size()) {
    for (const auto& text : inputs.texts) {
      for (const auto& window : text.windows) all_ += static_cast<int64_t>(window.ids.size());
    }
    all_ *= model.config().layers;
  }

  void run(const Group& group) {
    const auto& c = model_.config();
    // Elements must not move: each pass points at its walker's hooks.
    std::vector<Walker> walkers(group.size());
    for (size_t i = 0; i < group.size(); ++i) {
      start(walkers[i], model_, *group[i].first, group[i].second, options_);
    }
    for (int64_t l = 0; l < c.layers; ++l) {
      const auto block = model_.block(l);
      for (auto& w : walkers) {
        w.x = run_block(block, c, l, w.x, {}, w.pass);
        done_ += w.x.size(1);
      }
      if (options_.progress) options_.progress(done_, all_);
    }
    for (const auto& w : walkers) {
      auto& loss = losses_[static_cast<size_t>(w.text)];
      loss.tokens += w.x.size(1);
      if (options_.visitor != nullptr) options_.visitor->see_end(w);
      if (options_.losses) add_losses(model_, w, loss);
    }
  }

  std::vector<TextLoss> take() { return std::move(losses_); }

 private:
  const Decoder& model_;
  const WalkOptions& options_;
  std::vector<TextLoss> losses_;
  int64_t done_ = 0, all_ = 0;  // tokens times layers
};

}  // namespace

std::vector<TextLoss> walk(const Decoder& model, const Inputs& inputs, const WalkOptions& options) {
  const c10::NoGradGuard no_grad;
  Walk walking(model, inputs, options);
  for (const auto& group : groups_of(inputs)) walking.run(group);
  auto losses = walking.take();
  for (size_t i = 0; i < losses.size(); ++i) {
    check(std::isfinite(losses[i].total),
          "{}: the model's loss there is not finite",
          inputs.texts[i].where());
  }
  return losses;
}

}  // namespace ww
