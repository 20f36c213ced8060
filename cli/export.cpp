// export.cpp: samples of a task for another program to read.
//
//   jsonl   a line that names the questions (see models/questions.hpp), then a line per string:
//           tokens, position, block, graded, answer, the facts, text
//   npy     a folder of int32 arrays, one each. Strings differ in length: rows of tokens are filled
//           with the filler `_`, rows of position and block with -1, and `length` says how far a
//           row goes. vocabulary.txt holds the symbols, a line for each id; about.json is
//           the first line of jsonl.

#include <algorithm>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "base/files.hpp"
#include "base/npy.hpp"
#include "base/pending_folder.hpp"
#include "base/streams.hpp"
#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "cli/task_flags.hpp"
#include "models/questions.hpp"

namespace ww {

namespace {

struct ExportOptions {
  TaskFlags task;
  StreamFlags stream;
  int64_t count = kUsualStrings;
  std::string format = "jsonl", out;
};

/// Collects small pieces, so that a file is not written a row at a time.
class Buffered {
 public:
  explicit Buffered(const std::filesystem::path& path) : file_(path) {}
  void write(std::string_view bytes) {
    pending_ += bytes;
    if (pending_.size() > kMost) flush();
  }
  void commit() {
    flush();
    file_.commit();
  }

 private:
  static constexpr size_t kMost = 1 << 20;  // bytes
  void flush() {
    file_.write(pending_);
    pending_.clear();
  }
  AtomicFile file_;
  std::string pending_;
};

/// A fact of each question.
std::vector<int32_t> facts(const Batch& batch, int Query::*fact) {
  std::vector<int32_t> all;
  for (const auto& query : batch.samples.front().queries) all.push_back(query.*fact);
  return all;
}

std::string json_line(const Task& task, const Batch& batch) {
  const auto& sample = batch.samples.front();
  std::vector<std::string> text;
  for (const auto& query : sample.queries) text.push_back(task.sentence(sample.string, query));
  const nlohmann::ordered_json line = {{"index", batch.index.front()},
                                       {"tokens", batch.tokens},
                                       {"position", batch.position},
                                       {"block", batch.block},
                                       {"graded", batch.graded},
                                       {"answer", batch.answer},
                                       {"n", sample.string.size()},
                                       {"source", facts(batch, &Query::source)},
                                       {"target", facts(batch, &Query::target)},
                                       {"shift", facts(batch, &Query::shift)},
                                       {"text", text}};
  return line.dump() + "\n";
}

void export_jsonl(const Questions& questions, const std::string& out) {
  check_output(out);
  Buffered file(out);
  file.write(export_header(questions).dump() + "\n");
  for (int64_t i = 0; i < questions.count; ++i) {
    file.write(json_line(*questions.task, cohort_at(*questions.task, questions.stream, i)));
  }
  file.commit();
}

/// One array: its rows come from batches of one string, filled up to a width.
struct Column {
  const char* name;
  int64_t width;  // 0: one number a string
  int32_t fill;
  std::function<std::vector<int32_t>(const Batch&)> row;
};

std::vector<Column> columns(const Task& task, int64_t T, int64_t Q) {
  const auto filler = static_cast<int32_t>(task.vocabulary().size()) - 1;
  const auto fact = [](int Query::*of) {
    return [of](const Batch& batch) { return facts(batch, of); };
  };
  const auto n = [](const Batch& b) {
    return std::vector{static_cast<int32_t>(b.samples.front().string.size())};
  };
  return {{"tokens", T, filler, [](const Batch& b) { return b.tokens; }},
          {"position", T, -1, [](const Batch& b) { return b.position; }},
          {"block", T, -1, [](const Batch& b) { return b.block; }},
          {"length", 0, 0, [](const Batch& b) { return std::vector<int32_t>{b.length}; }},
          {"graded", Q, 0, [](const Batch& b) { return b.graded; }},
          {"answer", Q, 0, [](const Batch& b) { return b.answer; }},
          {"n", 0, 0, n},
          {"source", Q, 0, fact(&Query::source)},
          {"target", Q, 0, fact(&Query::target)},
          {"shift", Q, 0, fact(&Query::shift)}};
}

void export_npy(const Questions& questions, const std::string& out) {
  refuse_standard_output(out, "a folder of arrays");
  watch_interrupts();  // a folder is removed by who made it, not by a signal's handler
  PendingFolder folder(out);
  const auto& [name, task, stream, count] = questions;
  int64_t T = 0;
  for (int64_t i = 0; i < count; ++i) {
    end_if_interrupted();
    T = std::max<int64_t>(T, cohort_at(*task, stream, i).length);
  }
  const auto all = columns(*task, T, stream.queries);
  std::vector<std::unique_ptr<Buffered>> files;
  for (const auto& column : all) {
    std::vector<int64_t> shape = {count};
    if (column.width > 0) shape.push_back(column.width);
    files.push_back(std::make_unique<Buffered>(folder / (column.name + std::string(".npy"))));
    files.back()->write(npy_header("<i4", shape));
  }
  for (int64_t i = 0; i < count; ++i) {
    end_if_interrupted();
    const auto batch = cohort_at(*task, stream, i);
    for (size_t c = 0; c < all.size(); ++c) {
      auto row = all[c].row(batch);
      row.resize(std::max<int64_t>(1, all[c].width), all[c].fill);
      files[c]->write({reinterpret_cast<const char*>(row.data()), row.size() * sizeof(int32_t)});
    }
  }
  for (auto& file : files) file->commit();
  std::string symbols;
  for (const auto& symbol : task->vocabulary()) symbols += symbol + "\n";
  write_file(folder / "vocabulary.txt", symbols);
  write_file(folder / "about.json", export_header(questions).dump() + "\n");
  folder.commit();
}

void export_samples(const ExportOptions& options) {
  check(options.count >= 1, "--count must be at least 1 but got {}", options.count);
  check(options.format == "jsonl" || options.format == "npy",
        "unknown format '{}'; there are: jsonl, npy",
        options.format);
  const Questions questions{
      options.task.name, options.task.make(), options.stream.stream(), options.count};
  (options.format == "npy" ? export_npy : export_jsonl)(questions, options.out);
  report_line(options.out,
              fmt::format("{}: {} strings of {}",
                          options.out,
                          options.count,
                          stream_text(*questions.task, questions.stream)));
}

constexpr const char* kFormatWords =
    "Each string is followed by its questions, a block of tokens each. `block` is 0 in the string "
    "and q + 1 in question q; `position` counts on from the string's end in every block anew. "
    "Token "
    "i sees token j where position j <= position i and block j is 0 or block i: a question sees "
    "the "
    "string and itself, no other question. The logits at row graded[q] predict answer[q], which is "
    "never an input. The first line (npy: about.json) names the questions and has the vocabulary. "
    "`whatwhere grade` takes the answers.";

}  // namespace

void add_export(CLI::App& app) {
  const auto o = std::make_shared<ExportOptions>();
  auto* command = app.add_subcommand("export", "Samples of a task for another program to read");
  command->footer(kFormatWords);
  o->task.add_name(*command);
  command->add_option("--count", o->count, "How many strings")->capture_default_str();
  command
      ->add_option(
          "--format",
          o->format,
          "jsonl: a line that names the questions, then a line per string; npy: a folder of arrays")
      ->capture_default_str();
  command
      ->add_option(
          "-o,--out", o->out, "File, or for npy the folder, to write; - is standard output")
      ->required();
  o->stream.add_options(*command);
  o->task.add_options(*command);
  command->callback([o] { export_samples(*o); });
}

}  // namespace ww
