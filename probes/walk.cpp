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

constexpr int64_t kLeastRows = 1024, kMostRows = 8192;
constexpr int64_t kGroupBytes = int64_t{96} << 20;  // of the widest activation

/// Hands the sites of one layer to a visitor, a window at a time.
class Dispatcher {
 public:
  Dispatcher(const Decoder& model, const WindowGroup& group, Visitor& visitor)
      : model_(model), group_(group), visitor_(visitor) {}

  void operator()(const Observation& seen) {
    if (seen.layer < 0 || !seen.site.ends_with(kLast)) {
      note(seen);
      return;
    }
    visitor_.see_rows(view_, {seen.first_row, scores_, seen.value[0]});
  }

 private:
  static constexpr const char* kLast = ".attn.pattern";

  void note(const Observation& seen) {
    const auto dot = seen.site.rfind('.');
    const auto site = seen.site.substr(dot + 1);
    if (site == "q") begin(seen);
    if (site == "k") view_.k = seen.value[0];
    if (site == "v") view_.v = seen.value[0];
    if (site == "q_rot") view_.q_rot = seen.value[0];
    if (site == "k_rot") view_.k_rot = seen.value[0];
    if (site != "scores") return;
    if (seen.first_row == 0) visitor_.see(view_);
    scores_ = seen.value[0];
  }

  void begin(const Observation& seen) {
    const auto& c = model_.config();
    view_ = {seen.layer,
             group_.texts[static_cast<size_t>(seen.text)],
             &model_.encoding(seen.layer),
             {c.scale(), c.score_cap, c.window(seen.layer)},
             seen.value[0],
             {},
             {},
             {},
             {}};
  }

  const Decoder& model_;
  const WindowGroup& group_;
  Visitor& visitor_;
  AttentionView view_;
  at::Tensor scores_;
};

Hooks hooks_for(const Decoder& model, const WindowGroup& group, const WalkOptions& options) {
  Hooks hooks;
  if (options.visitor != nullptr) {
    hooks.observe = [dispatch = std::make_shared<Dispatcher>(model, group, *options.visitor)](
                        const Observation& seen) { (*dispatch)(seen); };
  }
  if (options.edit) {
    hooks.edit = [&group, &options](const ScoreView& view) {
      auto of_text = view;
      of_text.text = group.texts[static_cast<size_t>(view.text)];
      return options.edit(of_text);
    };
  }
  return hooks;
}

}  // namespace

double TextLoss::mean() const {
  if (predictions == 0) return std::numeric_limits<double>::quiet_NaN();
  return total / static_cast<double>(predictions);
}

std::vector<WindowGroup> window_groups(const Inputs& inputs, const ModelConfig& c) {
  const auto widest = std::max((c.gated ? 2 : 1) * c.hidden, 3 * c.width);
  const auto most = std::clamp(kGroupBytes / (4 * widest), kLeastRows, kMostRows);
  std::vector<WindowGroup> groups;
  for (size_t text = 0; text < inputs.texts.size(); ++text) {
    for (const auto& window : inputs.texts[text].windows) {
      const auto rows = static_cast<int64_t>(window.ids.size());
      if (groups.empty() || groups.back().rows + rows > most) groups.emplace_back();
      groups.back().windows.push_back(&window);
      groups.back().texts.push_back(static_cast<int64_t>(text));
      groups.back().rows += rows;
    }
  }
  return groups;
}

Input packed_input(const WindowGroup& group, at::Device device) {
  std::vector<int64_t> ids, positions;
  Input input;
  for (const auto* const window : group.windows) {
    ids.insert(ids.end(), window->ids.begin(), window->ids.end());
    const auto length = static_cast<int64_t>(window->ids.size());
    for (int64_t t = 0; t < length; ++t) positions.push_back(t);
    input.lengths.push_back(length);
  }
  input.tokens = at::tensor(ids, at::kLong).unsqueeze(0).to(device);
  input.positions = at::tensor(positions, at::kLong);
  return input;
}

void add_losses(const Decoder& model,
                const WindowGroup& group,
                const at::Tensor& x,
                std::vector<TextLoss>& losses) {
  std::vector<int64_t> rows, targets, texts;
  int64_t first = 0;
  for (size_t i = 0; i < group.windows.size(); ++i) {
    const auto& window = *group.windows[i];
    const auto length = static_cast<int64_t>(window.ids.size());
    for (int64_t t = 0; t < length; ++t) {
      const bool last = t + 1 == length;
      if (window.answer >= 0 ? !last : last) continue;  // a task is graded at its last token alone
      rows.push_back(first + t);
      targets.push_back(window.answer >= 0 ? window.answer
                                           : window.ids[static_cast<size_t>(t) + 1]);
      texts.push_back(group.texts[i]);
    }
    first += length;
  }
  if (rows.empty()) return;
  const auto device = x.device();
  const auto picked = x.index_select(0, at::tensor(rows, at::kLong).to(device));
  const auto each =
      model.losses(picked, at::tensor(targets, at::kLong).to(device)).to(at::kCPU).contiguous();
  for (size_t i = 0; i < rows.size(); ++i) {
    auto& loss = losses[static_cast<size_t>(texts[i])];
    loss.total += each.const_data_ptr<double>()[i];
    ++loss.predictions;
  }
}

std::vector<TextLoss> walk(const Decoder& model, const Inputs& inputs, const WalkOptions& options) {
  const c10::NoGradGuard no_grad;
  std::vector<TextLoss> losses(inputs.texts.size());
  const auto groups = window_groups(inputs, model.config());
  int64_t done = 0, all = 0;
  for (const auto& group : groups) all += group.rows * model.config().layers;
  for (const auto& group : groups) {
    for (size_t i = 0; i < group.windows.size(); ++i) {
      losses[static_cast<size_t>(group.texts[i])].tokens +=
          static_cast<int64_t>(group.windows[i]->ids.size());
    }
    const auto hooks = hooks_for(model, group, options);
    const auto input = packed_input(group, model.options().device());
    const auto pass = model.prepare(input, &hooks);
    auto x = model.embed(input);
    for (int64_t l = 0; l < model.config().layers; ++l) {
      x = run_block(model.block(l), model.config(), l, x, {}, pass);
      done += group.rows;
      if (options.progress) options.progress(done, all);
    }
    if (options.losses) add_losses(model, group, x[0], losses);
  }
  for (size_t i = 0; i < losses.size(); ++i) {
    check(std::isfinite(losses[i].total),
          "{}: the model's loss there is not finite",
          inputs.texts[i].name);
  }
  return losses;
}

}  // namespace ww
