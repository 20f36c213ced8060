#include "plots/records.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/check.hpp"
#include "base/files.hpp"
#include "base/json.hpp"
#include "plots/record_line.hpp"

namespace ww {

namespace {

constexpr auto kName = "record.jsonl";

/// What follows the step that a run goes on from was never kept: it is done and written again.
void resume(RunRecord& run, int64_t step) {
  std::erase_if(run.evaluations, [&](const auto& evaluation) { return evaluation.step > step; });
  run.tests.clear();
  run.closing.reset();
}

void add_evaluation(RunRecord& run, const RecordLine& line) {
  const auto evaluation = read_evaluation(line);
  check(run.evaluations.empty() || run.evaluations.back().step < evaluation.step,
        "{}: step {} does not follow step {}",
        line.place,
        evaluation.step,
        run.evaluations.empty() ? 0 : run.evaluations.back().step);
  run.evaluations.push_back(evaluation);
}

void add_line(RunRecord& run, const RecordLine& line) {
  const auto type = line.get<std::string>("type");
  if (type == "eval") {
    add_evaluation(run, line);
  } else if (type == "test") {
    run.tests.push_back(read_test(line));
  } else if (type == "close") {
    run.closing = read_closing(line);
  } else if (type == "resume") {
    resume(run, line.amount<int64_t>("step"));
  } else {
    refuse("{}: type '{}'; there are: header, eval, test, close, resume", line.place, type);
  }
}

/// The lines of a file; one that no line end follows comes back as torn if it is no object.
struct SplitLines {
  std::vector<std::string_view> whole;
  std::string_view rest;  // after the last line end
};
SplitLines split_lines(std::string_view text) {
  SplitLines lines;
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    lines.whole.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  lines.rest = text;
  return lines;
}

bool is_object(std::string_view text) { return json_or_null<nlohmann::json>(text).is_object(); }

/// The whole lines of a record. They are parsed one by one: JSON takes ten times their room.
std::vector<std::string_view> whole_lines(std::string_view text,
                                          const std::filesystem::path& path,
                                          std::vector<std::string>& warnings) {
  auto [lines, rest] = split_lines(text);
  if (rest.empty()) return lines;
  if (is_object(rest)) {
    lines.push_back(rest);
  } else {
    warnings.push_back(fmt::format("{}: the last line is torn and left out", path.string()));
  }
  return lines;
}

}  // namespace

const TestResult* RunRecord::main_test() const {
  for (const auto& test : tests) {
    if (test.axis == "main") return &test;
  }
  return nullptr;
}

bool RunRecord::finished() const { return closing && closing->stopped != "interrupted"; }

std::optional<RunRecord> read_record(const std::filesystem::path& path,
                                     std::vector<std::string>& warnings) {
  const auto text = read_file(path);
  const auto lines = whole_lines(text, path, warnings);
  if (lines.empty()) {
    warnings.push_back(fmt::format("{}: holds no header; the run is left out", path.string()));
    return std::nullopt;
  }
  const auto first = read_line(lines.front(), path, 1);
  check(first.get<std::string>("type") == "header",
        "{}: is no header; the record is damaged",
        first.place);
  RunRecord run{path, read_header(first), {}, {}, {}};
  for (size_t i = 1; i < lines.size(); ++i) add_line(run, read_line(lines[i], path, i + 1));
  return run;
}

/// A damaged record costs its own run, not the others.
static void add_record(Records& records, const std::filesystem::path& path) {
  try {
    if (auto run = read_record(path, records.warnings)) records.runs.push_back(std::move(*run));
  } catch (const InputError& damage) {
    records.left_out.push_back(fmt::format("{}; the run is left out", damage.what()));
  }
}

Records read_records(const std::filesystem::path& folder) {
  check(std::filesystem::is_directory(folder), "{}: is not a folder", folder.string());
  std::vector<std::filesystem::path> paths;
  std::error_code fault;
  for (std::filesystem::recursive_directory_iterator at(folder, fault), end; !fault && at != end;
       at.increment(fault)) {
    if (at->is_regular_file() && at->path().filename() == kName) paths.push_back(at->path());
  }
  check(!fault, "{}: a folder in it cannot be read: {}", folder.string(), fault.message());
  std::sort(paths.begin(), paths.end());
  check(!paths.empty(),
        "{}: holds no {}; is it a folder that train or diagnose wrote?",
        folder.string(),
        kName);
  Records records;
  for (const auto& path : paths) add_record(records, path);
  check(!records.runs.empty(),
        "{}: none of its records can be read; the first: {}",
        folder.string(),
        records.left_out.empty() ? records.warnings.front() : records.left_out.front());
  return records;
}

}  // namespace ww
