// inspect.cpp: what a checkpoint is.

#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "cli/commands.hpp"
#include "cli/model_flags.hpp"
#include "models/text/tokenizer.hpp"

namespace ww {

namespace {

void print_model(const Loaded& loaded) {
  const auto& c = loaded.model.config();
  fmt::print("format            {}\n", loaded.format);
  fmt::print("parameters        {}\n", loaded.model.size());
  fmt::print("vocabulary        {}\n", c.vocabulary);
  fmt::print("width             {}\n", c.width);
  fmt::print("layers            {}\n", c.layers);
  fmt::print("heads             {} query, {} key, {} wide\n", c.heads, c.key_heads, c.head_width);
  fmt::print("MLP               {} wide, {}{}\n", c.hidden, c.activation, c.gated ? ", gated" : "");
  fmt::print("head              {}\n", c.tied ? "tied to the embedding" : "its own");
  fmt::print("norm              RMS, epsilon {}\n", c.norm_epsilon);
  fmt::print("training length   {}\n",
             c.train_length > 0 ? std::to_string(c.train_length) : "unknown");
  fmt::print("training step     {}\n",
             loaded.training_step >= 0 ? std::to_string(loaded.training_step) : "unknown");
  if (loaded.run)
    fmt::print("task              {}\n",
               stream_text(*resolve(*loaded.run).task, resolve(*loaded.run).train_stream()));
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
  if (loaded.run) return fmt::print("tokenizer         the task's symbols\n");
  try {
    const auto tokenizer = tokenizer_for(flags.checkpoint, "");
    fmt::print("tokenizer         {}, {} pieces\n", tokenizer->name(), tokenizer->vocabulary());
    fmt::print("BOS               {}\n", bos_text(*tokenizer));
  } catch (const std::invalid_argument& reason) {
    fmt::print("tokenizer         none: {}\n", reason.what());
  }
}

void print_frequencies(const Loaded& loaded) {
  const auto& c = loaded.model.config();
  const auto& row = encoding_row(c.encoding);
  fmt::print("encoding          {}: {} ({})\n", row.name, row.what, row.paper);
  EncodingOptions::visit(c.encoding_options, [&](const char* name, const auto& field) {
    if (row.reads(name)) fmt::print("  --{:<15} {}\n", name, field);
  });
  const auto theta = loaded.model.encoding(0).theta();
  if (!theta.defined()) return;
  fmt::print("\nfrequency  theta rad/token  wavelength tokens   the same in every layer\n");
  for (int64_t f = 0; f < theta.numel(); ++f) {
    const auto rate = theta[f].item<double>();
    fmt::print("{:9}  {:15.6g}  {:17.6g}\n", f, rate, 2 * std::numbers::pi / rate);
  }
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
    print_frequencies(loaded);
  });
}

}  // namespace ww
