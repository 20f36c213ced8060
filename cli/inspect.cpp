// inspect.cpp: what a checkpoint is.

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <fmt/format.h>

#include <map>
#include <numbers>

#include "cli/commands.hpp"
#include "cli/model_flags.hpp"
#include "models/text/tokenizer.hpp"

namespace ww {

namespace {

void line(const char* name, const std::string& value) { fmt::print("{:<17} {}\n", name, value); }

/// "F32 x 12, Q4_1 x 200".
std::string types_text(const Loaded& loaded) {
  std::map<std::string, int> counts;
  for (const auto& [name, type] : loaded.types) ++counts[type];
  std::string text;
  for (const auto& [type, count] : counts) {
    text += fmt::format("{}{} x {}", text.empty() ? "" : ", ", type, count);
  }
  return text;
}

std::string norm_text(const ModelConfig& c) {
  auto text = fmt::format("{}, epsilon {:g}, {} attention and MLP",
                          c.norm == "rms" ? "RMS" : "layer",
                          c.norm_epsilon,
                          c.norm_place);
  if (!c.norm_weight) text += ", without weights";
  if (c.parallel) text += c.shared_norm ? ", one for both, in parallel" : ", in parallel";
  if (c.qk_norm != "none") text += fmt::format("; of queries and keys: {}", c.qk_norm);
  return text;
}

/// What attention does besides softmax of scaled products.
std::string attention_text(const ModelConfig& c) {
  auto text = fmt::format("scores times {:.6g}", c.scale());
  if (c.score_cap > 0) text += fmt::format(", capped at {:g}", c.score_cap);
  if (c.qkv_clip > 0) text += fmt::format(", queries, keys, values within +-{:g}", c.qkv_clip);
  int64_t windowed = 0, widest = 0;
  for (int64_t l = 0; l < c.layers; ++l) {
    windowed += c.window(l) > 0 ? 1 : 0;
    widest = std::max(widest, c.window(l));
  }
  if (windowed > 0) {
    text += fmt::format(", {} of {} layers see {} tokens back", windowed, c.layers, widest);
  }
  return text;
}

std::string biases_text(const ModelConfig& c) {
  std::string text;
  const auto name = [&](bool has, const char* part) {
    if (has) text += fmt::format("{}{}", text.empty() ? "" : ", ", part);
  };
  name(c.qkv_bias, "queries, keys, values");
  name(c.out_bias, "attention's output");
  name(c.mlp_bias, "MLP");
  name(c.head_bias, "head");
  return text.empty() ? "none" : text;
}

void print_sizes(const Loaded& loaded) {
  const auto& c = loaded.model.config();
  line("format", loaded.format);
  line("family", loaded.family);
  if (!loaded.types.empty()) line("stored types", types_text(loaded));
  line("parameters", std::to_string(loaded.model.size()));
  line("vocabulary", std::to_string(c.vocabulary));
  line("width", std::to_string(c.width));
  line("layers", std::to_string(c.layers));
  line("heads", fmt::format("{} query, {} key, {} wide", c.heads, c.key_heads, c.head_width));
  line("MLP", fmt::format("{} wide, {}{}", c.hidden, c.activation, c.gated ? ", gated" : ""));
}

void print_model(const Loaded& loaded) {
  const auto& c = loaded.model.config();
  print_sizes(loaded);
  line("head", c.tied ? "tied to the embedding" : "its own");
  line("norm", norm_text(c));
  line("attention", attention_text(c));
  line("biases", biases_text(c));
  line("training length", c.train_length > 0 ? std::to_string(c.train_length) : "unknown");
  line("training step",
       loaded.training_step >= 0 ? std::to_string(loaded.training_step) : "unknown");
  if (loaded.run) {
    const auto run = resolve(*loaded.run);
    line("task", stream_text(*run.task, run.train_stream()));
  }
  for (const auto& note : loaded.notes) line("note", note);
}

/// What `--bos auto` does.
std::string bos_text(const Tokenizer& tokenizer) {
  if (tokenizer.bos() < 0) return "none";
  return fmt::format(
      "{}, {}",
      tokenizer.bos(),
      tokenizer.adds_bos() ? "begins texts" : "not added unless asked for: --bos yes");
}

void print_tokenizer(const ModelFlags& flags, const Loaded& loaded) {
  if (loaded.run) return line("tokenizer", "the task's symbols");
  try {
    const auto tokenizer = tokenizer_for(flags.checkpoint, "");
    line("tokenizer", fmt::format("{}, {} pieces", tokenizer->name(), tokenizer->vocabulary()));
    line("BOS", bos_text(*tokenizer));
  } catch (const std::invalid_argument& reason) {
    line("tokenizer", fmt::format("none: {}", reason.what()));
  }
}

/// "0-4, 6-10": which layers are among them.
std::string ranges_text(const std::vector<int64_t>& layers) {
  std::string text;
  for (size_t i = 0; i < layers.size();) {
    size_t j = i;
    while (j + 1 < layers.size() && layers[j + 1] == layers[j] + 1) ++j;
    text += fmt::format("{}{}", text.empty() ? "" : ", ", layers[i]);
    if (j > i) text += fmt::format("-{}", layers[j]);
    i = j + 1;
  }
  return text;
}

void print_table(const at::Tensor& theta, double factor, const std::vector<int64_t>& layers) {
  fmt::print("\nlayers {}", ranges_text(layers));
  if (factor != 1) fmt::print(", cosines and sines times {:.6g}", factor);
  fmt::print("\nfrequency  theta rad/token  wavelength tokens\n");
  for (int64_t f = 0; f < theta.numel(); ++f) {
    const auto rate = theta[f].item<double>();
    fmt::print("{:9}  {:15.6g}  {:17.6g}\n", f, rate, 2 * std::numbers::pi / rate);
  }
}

/// Every frequency table, with the layers that have it.
void print_tables(const Decoder& model) {
  std::vector<bool> shown(static_cast<size_t>(model.config().layers), false);
  for (int64_t l = 0; l < model.config().layers; ++l) {
    const auto theta = model.encoding(l).theta();
    if (theta.numel() == 0 || shown[static_cast<size_t>(l)]) continue;
    std::vector<int64_t> same;
    for (int64_t other = l; other < model.config().layers; ++other) {
      const auto& encoding = model.encoding(other);
      if (encoding.factor() != model.encoding(l).factor() || !encoding.theta().equal(theta))
        continue;
      same.push_back(other);
      shown[static_cast<size_t>(other)] = true;
    }
    print_table(theta, model.encoding(l).factor(), same);
  }
}

/// "llama3, base 500000, 64 of 64 features turn, factor 8".
std::string rope_text(const RopeScaling& rope) {
  auto text = fmt::format(
      "{}, base {}, {} of {} features turn", rope.type, rope.base, rope.width, rope.head_width);
  if (rope.factor) text += fmt::format(", factor {:g}", *rope.factor);
  if (rope.original_length > 0 && rope.type != "default") {
    text += fmt::format(", made for {} tokens", rope.original_length);
  }
  if (rope.depends_on_text()) text += "; frequencies depend on the longest text";
  return text;
}

void print_encoding(const Loaded& loaded) {
  const auto& c = loaded.model.config();
  const auto& row = encoding_row(c.encoding);
  line("encoding", fmt::format("{}: {} ({})", row.name, row.what, row.paper));
  EncodingOptions::visit(c.encoding_options, [&](const char* name, const auto& field, const char*) {
    const bool said_by_table = !c.tables.empty() && std::string(name) != "rope-layout";
    if (row.reads(name) && !said_by_table) fmt::print("  --{:<15} {}\n", name, field);
  });
  for (const auto& rope : loaded.ropes) line("rope type", rope_text(rope));
  print_tables(loaded.model);
}

}  // namespace

void add_inspect(CLI::App& app) {
  const auto o = std::make_shared<ModelFlags>();
  auto* command = app.add_subcommand("inspect", "What a checkpoint is, and its frequencies");
  o->add_checkpoint(*command);
  command->callback([o] {
    const auto loaded = o->load();
    print_model(loaded);
    print_tokenizer(*o, loaded);
    print_encoding(loaded);
  });
}

}  // namespace ww
