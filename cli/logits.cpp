// logits.cpp: a model's raw output, to hold against any other program's.

#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include "base/check.hpp"
#include "base/files.hpp"
#include "base/npy.hpp"
#include "base/streams.hpp"
#include "cli/commands.hpp"
#include "cli/model_flags.hpp"
#include "models/text/texts.hpp"

namespace ww {

namespace {

struct LogitsFlags {
  ModelFlags model;
  std::string ids, out;
};

void write_logits(const LogitsFlags& flags) {
  const c10::NoGradGuard no_grad;
  check_output(flags.out);
  auto loaded = flags.model.load();
  print_notes(loaded.notes);
  const auto texts = read_ids(flags.ids, static_cast<int32_t>(loaded.model.config().vocabulary));
  check(texts.size() == 1, "{}: has {} lines; `logits` takes one", flags.ids, texts.size());
  check_output(flags.out);
  set_text_length(loaded, static_cast<int64_t>(texts.front().size()));
  const auto logits =
      loaded.model.forward(text_input(texts.front(), loaded.model.options().device()));
  const auto host = logits[0].to(at::kCPU, at::kFloat).contiguous();  // [T, V]
  check(host.isfinite().all().item<bool>(),
        "{}: the model's logits there are not finite; nothing written",
        flags.ids);
  AtomicFile file(flags.out);
  file.write(npy_header("<f4", host.sizes().vec()));
  file.write(std::span(static_cast<const std::byte*>(host.const_data_ptr()), host.nbytes()));
  file.commit();
  report_line(flags.out,
              fmt::format("{}: [{}, {}] float32", flags.out, host.size(0), host.size(1)));
}

}  // namespace

void add_logits(CLI::App& app) {
  const auto o = std::make_shared<LogitsFlags>();
  auto* command = app.add_subcommand("logits", "Logits [T, V] of one sequence of ids, as .npy");
  o->model.add_checkpoint(*command);
  command->add_option("--ids", o->ids, "File with one line of token ids")->required();
  command->add_option("-o,--out", o->out, "NPY file to write, float32; - is standard output")
      ->required();
  command->callback([o] { write_logits(*o); });
}

}  // namespace ww
