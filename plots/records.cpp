#include "plots/records.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/check.hpp"
#include "base/files.hpp"
#include "base/text.hpp"
#include "models/config_json.hpp"

namespace ww {

namespace {

using Json = nlohmann::ordered_json;

constexpr auto kName = "record.jsonl";
constexpr int64_t kVersion = 1;

/// A line of the file, parsed; knows where it stands for errors.
struct Line {
  std::string place;  // "runs/a/record.jsonl: line 3"
  Json json;

  const Json& at(const char* key) const {
    const auto found = json.find(key);
    check(found != json.end(), "{}: no '{}'; the record is damaged", place, key);
    return *found;
  }

  template <typename T>
  T get(const char* key) const {
    return value<T>(at(key), key);
  }

  template <typename T>
  T value(const Json& from, const char* key) const {
    try {
      if (fits<T>(from)) return from.get<T>();
    } catch (const Json::exception&) {
    }
    refuse("{}: '{}' is {}, of the wrong kind; the record is damaged", place, key, from.dump());
  }

  /// A count or a size: never negative.
  template <typename T>
  T amount(const char* key) const {
    const auto value = get<T>(key);
    check(value >= 0, "{}: '{}' is {}, below zero; the record is damaged", place, key, value);
    return value;
  }

  bool has(const char* key) const { return json.contains(key) && !json.at(key).is_null(); }
  double amount_or_nan(const char* key) const {
    return has(key) ? amount<double>(key) : std::numeric_limits<double>::quiet_NaN();
  }
  std::string text_or_empty(const char* key) const {
    return has(key) ? get<std::string>(key) : std::string();
  }
  int64_t amount_or(const char* key, int64_t otherwise) const {
    return has(key) ? amount<int64_t>(key) : otherwise;
  }
  Line below(const char* key) const { return {place + ", '" + key + "'", at(key)}; }
  Line below(const Json& element, const char* key) const {
    return {place + ", '" + key + "'", element};
  }
};

RecordedFloor read_floor(const Line& line) {
  return {.view = line.get<std::string>("view"),
          .accuracy = line.get<double>("accuracy"),
          .standard_error = line.amount<double>("standard_error"),
          .plateau = line.get<bool>("plateau")};
}

RunHeader read_header(const Line& line) {
  check(line.text_or_empty("format") == "whatwhere-record",
        "{}: the format is not 'whatwhere-record'; is this a run record?",
        line.place);
  check(line.get<int64_t>("version") == kVersion,
        "{}: version {} of the format; this program reads version {}",
        line.place,
        line.get<int64_t>("version"),
        kVersion);
  RunHeader header{.task = line.get<std::string>("task"),
                   .task_text = line.get<std::string>("task_text"),
                   .preset = line.text_or_empty("preset"),
                   .encoding = line.get<std::string>("encoding"),
                   .arm = line.get<std::string>("arm"),
                   .config_hash = line.text_or_empty("config_hash"),
                   .code_version = line.text_or_empty("code_version"),
                   .device = line.text_or_empty("device"),
                   .machine = line.text_or_empty("machine"),
                   .date = line.text_or_empty("date"),
                   .command = line.text_or_empty("command"),
                   .dtype = line.text_or_empty("dtype"),
                   .parameters = line.amount<int64_t>("parameters"),
                   .threads = line.amount_or("threads", 0),
                   .steps = line.amount<int64_t>("steps"),
                   .init_seed = line.below("seeds").get<int64_t>("init"),
                   .data_seed = line.below("seeds").get<int64_t>("data"),
                   .solved_at = line.get<double>("solved_at"),
                   .rate = line.amount<double>("rate"),
                   .plateau = line.get<double>("plateau"),
                   .floors = {}};
  for (const auto& floor : line.at("floors")) {
    header.floors.push_back(read_floor(line.below(floor, "floors")));
  }
  return header;
}

RecordedEvaluation read_evaluation(const Line& line) {
  RecordedEvaluation evaluation{.step = line.amount<int64_t>("step"),
                                .val_acc = line.get<double>("val_acc"),
                                .val_acc_nonzero = line.amount_or_nan("val_acc_nonzero"),
                                .seconds = line.amount_or_nan("seconds"),
                                .train_loss = line.amount_or_nan("train_loss"),
                                .val_loss = line.amount_or_nan("val_loss"),
                                .answers_per_s = line.amount_or_nan("answers_per_s")};
  check(evaluation.val_acc >= 0 && evaluation.val_acc <= 1,
        "{}: 'val_acc' is {}, not between 0 and 1",
        line.place,
        evaluation.val_acc);
  return evaluation;
}

void check_counts(const Line& line, int64_t right, int64_t asked) {
  check(asked > 0 && right >= 0 && right <= asked,
        "{}: {} right of {} asked cannot be",
        line.place,
        right,
        asked);
}

TestResult read_test(const Line& line) {
  TestResult test{.axis = line.get<std::string>("axis"),
                  .condition = line.text_or_empty("condition"),
                  .right = line.get<int64_t>("right"),
                  .asked = line.get<int64_t>("asked"),
                  .slices = {},
                  .pointer_errors = {}};
  check_counts(line, test.right, test.asked);
  if (line.has("slices")) {
    for (const auto& [name, counts] : line.at("slices").items()) {
      for (const auto& element : counts) {
        const auto at = line.below(element, name.c_str());
        const SliceCount count{
            at.get<int64_t>("value"), at.get<int64_t>("right"), at.get<int64_t>("asked")};
        check_counts(at, count.right, count.asked);
        test.slices[name].push_back(count);
      }
    }
  }
  if (line.has("pointer_errors")) {
    for (const auto& [name, count] : line.at("pointer_errors").items()) {
      test.pointer_errors.emplace_back(name, line.value<double>(count, "pointer_errors"));
    }
  }
  return test;
}

Closing read_closing(const Line& line) {
  const auto step = [&](const char* key) {
    return line.has(key) ? std::optional(line.amount<int64_t>(key)) : std::nullopt;
  };
  return {.steps = line.amount<int64_t>("steps"),
          .seconds = line.amount<double>("seconds"),
          .peak_memory = line.amount_or_nan("peak_memory"),
          .solved_step = step("solved_step"),
          .lift_step = step("lift_step"),
          .stopped = line.get<std::string>("stopped"),
          .label = line.get<std::string>("label"),
          .lost = line.has("lost") && line.get<bool>("lost")};
}

/// What follows the step that a run goes on from was never kept: it is done and written again.
void resume(RunRecord& run, int64_t step) {
  std::erase_if(run.evaluations, [&](const auto& evaluation) { return evaluation.step > step; });
  run.tests.clear();
  run.closing.reset();
}

void add_evaluation(RunRecord& run, const Line& line) {
  const auto evaluation = read_evaluation(line);
  check(run.evaluations.empty() || run.evaluations.back().step < evaluation.step,
        "{}: step {} does not follow step {}",
        line.place,
        evaluation.step,
        run.evaluations.empty() ? 0 : run.evaluations.back().step);
  run.evaluations.push_back(evaluation);
}

void add_line(RunRecord& run, const Line& line) {
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

Json parse_line(std::string_view text) { return json_or_null<Json>(text); }

/// The whole lines of a record. They are parsed one by one: JSON takes ten times their room.
std::vector<std::string_view> whole_lines(std::string_view text,
                                          const std::filesystem::path& path,
                                          std::vector<std::string>& warnings) {
  auto [lines, rest] = split_lines(text);
  if (rest.empty()) return lines;
  if (parse_line(rest).is_object()) {
    lines.push_back(rest);
  } else {
    warnings.push_back(fmt::format("{}: the last line is torn and left out", path.string()));
  }
  return lines;
}

Line read_line(std::string_view text, const std::filesystem::path& path, size_t number) {
  Line line{fmt::format("{}: line {}", path.string(), number), {}};
  check_json(text, line.place);
  line.json = parse_line(text);
  check(line.json.is_object(), "{}: is no JSON object; the record is damaged", line.place);
  return line;
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

Records read_records(const std::filesystem::path& folder) {
  check(std::filesystem::is_directory(folder), "{}: is not a folder", folder.string());
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().filename() == kName) paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  check(!paths.empty(),
        "{}: holds no {}; is it a folder that train or diagnose wrote?",
        folder.string(),
        kName);
  Records records;
  for (const auto& path : paths) {
    if (auto run = read_record(path, records.warnings)) records.runs.push_back(std::move(*run));
  }
  check(!records.runs.empty(), "{}: none of its records has a whole header", folder.string());
  return records;
}

}  // namespace ww
