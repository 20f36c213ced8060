// report_data.hpp: what a report is made from: the runs of a folder sorted by task and arm, its
// probe files, its gates.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/statistics.hpp"
#include "plots/canvas.hpp"
#include "plots/records.hpp"
#include "plots/usage_map.hpp"

namespace ww {

/// Floors of one score, names joined; the rungs of a task's ladder, lowest first.
struct Rung {
  std::string view;
  double accuracy = 0, standard_error = 0;
  bool plateau = false;
};

/// Runs of one encoding with one budget and rate on one task: they differ in their seeds alone. Or
/// answers of another program, not trained here.
struct Arm {
  std::string name;   // "pope delta=zero", with steps and rate where the task has several
  Colour colour;      // the same in all tasks
  int64_t steps = 0;  // budget
  double rate = 0;
  bool trained = true;
  std::vector<const RunRecord*> runs;  // by seed

  /// Right and asked over all runs with a main test; asked 0 where there is none.
  std::pair<int64_t, int64_t> answers() const;
};

struct TaskRuns {
  std::string task, text, preset;
  std::string title;  // the task's name, with its preset where the report has several
  double solved_at = 0, plateau = 0;
  std::vector<Rung> rungs;
  std::vector<Arm> arms;  // by name

  /// Whether any arm was trained here.
  bool trained() const;
};

struct GateResult {
  std::string task, gate, measured;
  bool passed = false;
};

struct ReportData {
  std::filesystem::path folder;
  std::vector<RunRecord> runs;
  std::vector<TaskRuns> tasks;  // in the order they were begun
  std::vector<NamedProbe> probes;
  std::vector<GateResult> gates;
  std::vector<std::string> warnings, left_out;

  ReportData() = default;
  ReportData(const ReportData&) = delete;  // arms point into runs
  ReportData& operator=(const ReportData&) = delete;
  ReportData(ReportData&&) = default;
  ReportData& operator=(ReportData&&) = default;
};

/// Reads a folder: records at any depth, probes/*.h5, gates.json. Throws InputError that names the
/// file that is damaged.
ReportData read_report_data(const std::filesystem::path& folder);

/// The highest rung whose score lies below the interval's lower end (a sampled floor's by 1.96 of
/// its standard errors), or null.
const Rung* highest_beaten(std::span<const Rung> rungs, const Interval& interval);

/// Equal scores, to half of a tenth of a percent, share a rung.
std::vector<Rung> rungs_of(std::vector<RecordedFloor> floors);

}  // namespace ww
