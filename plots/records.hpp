// records.hpp: run records read back: `record.jsonl`, a JSON object a line. A header, an evaluation
// every so many steps, the tests, a closing line; a run that goes on after a stop adds a resume.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ww {

struct RecordedFloor {
  std::string view;  // in words
  double accuracy = 0, standard_error = 0;
  bool plateau = false;
};

/// Answers that share a value of a fact: a shift, a length.
struct SliceCount {
  int64_t value = 0, right = 0, asked = 0;
};

/// Of answers that another program gave to exported questions (`grade`) `trained` is false, and
/// what only training here knows is empty or 0: encoding, parameters, steps, seeds, rate.
struct RunHeader {
  std::string task, task_text, preset, encoding{}, arm, config_hash;
  std::string code_version, device, machine, date, command, dtype;
  int64_t parameters = 0, threads = 0, steps = 0;
  int64_t init_seed = 0, data_seed = 0;
  double solved_at = 0, rate = 0, plateau = 0;
  std::vector<RecordedFloor> floors{};
  bool trained = true;
};

/// NaN where the record says null or nothing.
struct RecordedEvaluation {
  int64_t step = 0;
  double val_acc = 0, val_acc_nonzero = 0;
  double seconds = 0, train_loss = 0, val_loss = 0, answers_per_s = 0;
};

struct TestResult {
  std::string axis, condition;
  int64_t right = 0, asked = 0;
  std::map<std::string, std::vector<SliceCount>> slices;
  std::vector<std::pair<std::string, double>> pointer_errors;  // empty: the task has none
};

struct Closing {
  int64_t steps = 0;
  double seconds = 0, peak_memory = 0;  // bytes
  std::optional<int64_t> solved_step{}, lift_step{};
  std::string stopped{}, label{};
  bool lost = false;
};

struct RunRecord {
  std::filesystem::path path;
  RunHeader header;
  std::vector<RecordedEvaluation> evaluations;
  std::vector<TestResult> tests;
  std::optional<Closing> closing;  // nothing: the run is not finished

  /// The test on the training distribution, or null.
  const TestResult* main_test() const;
  /// Whether it ran to its end: its budget, or a stop when solved.
  bool finished() const;
};

struct Records {
  std::vector<RunRecord> runs;        // by path
  std::vector<std::string> warnings;  // what was dropped, in sentences
  std::vector<std::string> left_out;  // a sentence for each run whose record is damaged
};

/// One record. A torn last line is dropped with a warning, and what stands behind the step that a
/// run was resumed from, since it was done again; nothing where not even the header is whole.
/// Throws InputError with file and line for any other damage.
std::optional<RunRecord> read_record(const std::filesystem::path& path,
                                     std::vector<std::string>& warnings);

/// Every record.jsonl at any depth below `folder`; a damaged one is left out. Throws InputError
/// where there is none or none can be read.
Records read_records(const std::filesystem::path& folder);

}  // namespace ww
