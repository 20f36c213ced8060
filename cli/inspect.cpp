// inspect.cpp: what a checkpoint is.

#include <fmt/format.h>

#include <map>

#include "cli/commands.hpp"
#include "cli/inspection.hpp"
#include "cli/model_flags.hpp"

namespace ww {

namespace {

struct InspectFlags {
  ModelFlags model;
  bool frequencies = false, json = false;
};

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
  const auto* const head = c.tied ? "tied to the embedding" : "its own";
  line("head", loaded.headless.empty() ? head : "none");
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
  if (!loaded.headless.empty()) line("note", loaded.headless);
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
  const auto read = inspected_tokenizer(flags.checkpoint);
  if (!read.tokenizer) return line("tokenizer", "none: " + read.reason);
  line("tokenizer",
       fmt::format("{}, {} pieces", read.tokenizer->name(), read.tokenizer->vocabulary()));
  line("BOS", bos_text(*read.tokenizer));
  for (const auto& note : read.notes) line("note", note);
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

void print_encoding(const Loaded& loaded, bool all_frequencies) {
  const auto& c = loaded.model.config();
  const auto& row = encoding_row(c.encoding);
  line("encoding", fmt::format("{}: {} ({})", row.name, row.what, row.paper));
  EncodingOptions::visit(c.encoding_options, [&](const char* name, const auto& field, const char*) {
    const bool said_by_table = !c.tables.empty() && std::string(name) != "rope-layout";
    if (row.reads(name) && !said_by_table) fmt::print("  --{:<15} {}\n", name, field);
  });
  for (const auto& rope : loaded.ropes) line("rope type", rope_text(rope));
  for (const auto& table : frequency_tables(loaded.model)) print_table(table, all_frequencies);
}

void inspect(const InspectFlags& flags) {
  auto loaded = flags.model.load(true);
  const auto contradiction = length_contradiction(flags.model.checkpoint, loaded);
  if (!contradiction.empty()) loaded.notes.push_back(contradiction);
  if (flags.json) return print_inspection(flags.model.checkpoint, loaded);
  print_model(loaded);
  print_tokenizer(flags.model, loaded);
  print_encoding(loaded, flags.frequencies);
}

}  // namespace

void add_inspect(CLI::App& app) {
  const auto o = std::make_shared<InspectFlags>();
  auto* command = app.add_subcommand("inspect", "What a checkpoint is, and its frequencies");
  o->model.add_checkpoint(*command);
  command->add_flag("--frequencies", o->frequencies, "All frequencies of each table, not eight");
  command->add_flag("--json", o->json, "As JSON, with all frequencies");
  command->callback([o] { inspect(*o); });
}

}  // namespace ww
