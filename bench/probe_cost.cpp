// probe_cost.cpp: what a probe's metrics cost beside the forward pass that they look at, and how
// the pass grows with the number of texts.
//
//   build/release/bench_probe_cost CHECKPOINT (--text FILE | --ids FILE) [TEXTS]

#include <c10/core/GradMode.h>

#include "base/check.hpp"
#include "base/text.hpp"
#include "bench/exponent.hpp"
#include "probes/metrics.hpp"
#include "probes/selfcheck.hpp"

namespace ww::bench {
namespace {

constexpr int kRounds = 5;
constexpr double kTarget = 0.15;  // of the forward pass

/// The layers alone: no head, nobody looks on.
void forward(const Decoder& model, const Inputs& inputs) {
  WalkOptions options;
  options.losses = false;
  walk(model, inputs, options);
}

/// What the self-check adds to a pass: rebuilt scores, and what the first text's opening costs.
class SelfCheck final : public Visitor {
 public:
  SelfCheck(const Decoder& model, const Inputs& inputs) : model_(model), inputs_(inputs) {}
  void see(const AttentionView&) override {}
  void see_sample(const AttentionView& view, const at::Tensor& scores) override {
    logit_error(view, scores);
  }
  void see_end(const Walker& walker) override {
    if (walker.window != &inputs_.texts.front().windows.front()) return;
    const auto all = graded(walker);
    const auto count = std::min(all.rows.size(0), kOpeningTokens - 1);
    model_.losses(all.rows.narrow(0, 0, count), all.targets.narrow(0, 0, count));
  }

 private:
  const Decoder& model_;
  const Inputs& inputs_;
};

void self_check(const Decoder& model, const Inputs& inputs) {
  SelfCheck visitor(model, inputs);
  WalkOptions options;
  options.visitor = &visitor;
  options.sampled = true;
  options.losses = false;
  walk(model, inputs, options);
}

/// Usage norms and the self-check.
Statistics usage(const Decoder& model, const Inputs& inputs) { return collect(model, inputs, {}); }

/// Usage and the metrics of moments, with their errors.
void metrics_of_aim(const Decoder& model, const Inputs& inputs) {
  const auto statistics = collect(model, inputs, {.moments = true});
  const MetricInput input{model, inputs, statistics, Averaging::micro, model.config().train_length};
  ProbeFile file;
  const auto rows =
      chosen_metrics({"spread", "phases", "offsets", "decomposition"}, scope_of(model));
  for (const auto& row : rows) row.write(input, file);
}

/// What `one` takes beyond `base`, of the forward pass.
void print_share(const Contestant& one, const Contestant& base, const Contestant& of) {
  std::vector<double> shares, cpu;
  for (size_t i = 0; i < one.wall.size(); ++i) {
    shares.push_back((one.wall[i] - base.wall[i]) / of.wall[i]);
    cpu.push_back((one.cpu[i] - base.cpu[i]) / of.cpu[i]);
  }
  const auto s = spread(shares);
  fmt::print("  {:<60} {:.3f} (min {:.3f}, max {:.3f})   cpu {:.3f}   target {:.2f}\n",
             fmt::format("({} - {}) / forward", one.name, base.name),
             s.middle,
             s.low,
             s.high,
             spread(cpu).middle,
             kTarget);
}

void compare(const Decoder& model, const Inputs& inputs) {
  std::vector<Contestant> all = {
      repeated("forward", [&] { forward(model, inputs); }),
      repeated("self-check", [&] { self_check(model, inputs); }),
      repeated("usage, self-check", [&] { usage(model, inputs); }),
      repeated("usage, moments, self-check", [&] { metrics_of_aim(model, inputs); }),
  };
  run_rounds(all, kRounds);
  for (const auto& one : all) print_times(one);
  for (size_t i = 1; i < all.size(); ++i) print_share(all[i], all[0], all[0]);
  for (size_t i = 2; i < all.size(); ++i) print_share(all[i], all[1], all[0]);
}

/// The inputs' first texts, 1, 2, 4 .. of them.
std::vector<Inputs> growing(const Inputs& inputs) {
  std::vector<Inputs> all;
  for (size_t count = 1; count <= inputs.texts.size(); count *= 2) {
    all.push_back(inputs);
    all.back().texts.resize(count);
  }
  return all;
}

double tokens_of(const Inputs& inputs) {
  double tokens = 0;
  for (const auto& text : inputs.texts) {
    for (const auto& window : text.windows) tokens += static_cast<double>(window.ids.size());
  }
  return tokens;
}

/// Of each round, ms a token: from the first size to the last, free of what every run costs.
std::vector<double> per_token(const std::vector<Contestant>& all,
                              const std::vector<double>& sizes,
                              std::vector<double> Contestant::*time) {
  std::vector<double> found;
  for (size_t i = 0; i < (all.front().*time).size(); ++i) {
    found.push_back(((all.back().*time)[i] - (all.front().*time)[i]) /
                    (sizes.back() - sizes.front()));
  }
  return found;
}

/// What one more token costs, with metrics and without, and how all of it grows.
void grow(const Decoder& model, const Inputs& inputs) {
  const auto some = growing(inputs);
  std::vector<Contestant> all;
  std::vector<double> sizes;
  for (const auto& one : some) {
    sizes.push_back(tokens_of(one));
    const auto name = fmt::format("{} texts, {} tokens", one.texts.size(), sizes.back());
    all.push_back(repeated(name + ", forward", [&one, &model] { forward(model, one); }));
    all.push_back(repeated(name, [&one, &model] { metrics_of_aim(model, one); }));
  }
  run_rounds(all, kRounds);
  std::vector<Contestant> alone, probed;
  for (size_t i = 0; i < all.size(); ++i) {
    print_times(all[i]);
    (i % 2 == 0 ? alone : probed).push_back(all[i]);
  }
  print_exponent("exponent / tokens of the texts", sizes, probed);
  const Contestant with{"one more token with usage, moments, self-check",
                        {},
                        per_token(probed, sizes, &Contestant::wall),
                        per_token(probed, sizes, &Contestant::cpu)};
  const Contestant without{"forward",
                           {},
                           per_token(alone, sizes, &Contestant::wall),
                           per_token(alone, sizes, &Contestant::cpu)};
  print_share(with, without, without);
}

void run(const std::vector<std::string>& words) {
  check(words.size() == 3 || words.size() == 4,
        "give a checkpoint, --text or --ids, a file, and perhaps a number of texts");
  auto loaded = load_checkpoint(words[0]);
  InputOptions options;
  check(words[1] == "--text" || words[1] == "--ids", "--text or --ids, not '{}'", words[1]);
  (words[1] == "--text" ? options.text : options.ids) = words[2];
  options.texts = words.size() > 3 ? parse_integer(words[3], "TEXTS") : 10;
  const auto inputs = read_inputs(options, loaded, words[0]);
  fmt::print("{}, one thread, load {}; {} texts, medians of {} rounds\n\n",
             machine_name(),
             load_average(),
             inputs.texts.size(),
             kRounds);
  compare(loaded.model, inputs);
  fmt::print("\n");
  grow(loaded.model, inputs);
}

}  // namespace
}  // namespace ww::bench

int main(int count, char** words) {
  ww::bench::run_as_program();
  try {
    ww::bench::run({words + 1, words + count});
  } catch (const ww::InputError& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 2;
  }
}
