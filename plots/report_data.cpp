#include "plots/report_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "base/check.hpp"
#include "base/files.hpp"
#include "base/json.hpp"
#include "plots/colours.hpp"

namespace ww {

namespace {

constexpr double kSameRung = 0.0005;

/// A damaged file costs its own usage, not the report.
std::vector<NamedProbe> read_probes(const std::filesystem::path& folder,
                                    std::vector<std::string>& left_out) {
  std::vector<std::filesystem::path> paths;
  if (std::filesystem::is_directory(folder)) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() == ".h5") paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  std::vector<NamedProbe> probes;
  for (const auto& path : paths) {
    try {
      probes.push_back({path.stem().string(), read_probe_file(path)});
    } catch (const InputError& damage) {
      left_out.push_back(fmt::format("{}; the probe is left out", damage.what()));
    }
  }
  return probes;
}

std::string measured_text(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

std::vector<GateResult> read_gates(const std::filesystem::path& path) {
  std::vector<GateResult> gates;
  if (!std::filesystem::exists(path)) return gates;
  try {
    for (const auto& row : parse_json(read_file(path), path.string())) {
      gates.push_back({row.at("task").get<std::string>(),
                       row.at("gate").get<std::string>(),
                       measured_text(row.at("measured")),
                       row.at("passed").get<bool>()});
    }
  } catch (const nlohmann::json::exception& error) {
    refuse("{}: is no list of gates ({}); run the gates again", path.string(), error.what());
  }
  return gates;
}

/// What tells arms of one task apart.
using ArmKey = std::tuple<std::string, bool, int64_t, double>;
ArmKey arm_key(const RunRecord& run) {
  return {run.header.arm, run.header.trained, run.header.steps, run.header.rate};
}

std::string arm_name(const ArmKey& key, const std::vector<const RunRecord*>& runs) {
  const auto& [arm, trained, steps, rate] = key;
  bool other_steps = false, other_rate = false, other_kind = false;
  for (const auto* run : runs) {
    if (run->header.arm != arm) continue;
    const bool same_kind = run->header.trained == trained;
    other_kind = other_kind || !same_kind;
    other_steps = other_steps || (same_kind && run->header.steps != steps);
    other_rate = other_rate || (same_kind && run->header.rate != rate);
  }
  auto name = arm;
  if (other_kind && !trained) name += ", not trained here";
  if (other_steps) name += fmt::format(", {} steps", steps);
  if (other_rate) name += fmt::format(", rate {}", rate);
  return name;
}

std::vector<Arm> arms_of(std::vector<const RunRecord*> runs) {
  std::stable_sort(runs.begin(), runs.end(), [](const auto* a, const auto* b) {
    return std::tie(a->header.init_seed, a->header.data_seed) <
           std::tie(b->header.init_seed, b->header.data_seed);
  });
  std::map<ArmKey, Arm> arms;
  for (const auto* run : runs) {
    const auto key = arm_key(*run);
    auto& arm = arms[key];
    arm.name = arm_name(key, runs);
    arm.steps = run->header.steps;
    arm.rate = run->header.rate;
    arm.trained = run->header.trained;
    arm.runs.push_back(run);
  }
  std::vector<Arm> sorted;
  for (auto& [key, arm] : arms) sorted.push_back(std::move(arm));
  return sorted;
}

std::vector<TaskRuns> tasks_of(const std::vector<RunRecord>& runs) {
  std::map<std::tuple<std::string, std::string>, std::vector<const RunRecord*>> by_task;
  for (const auto& run : runs) by_task[{run.header.task_text, run.header.preset}].push_back(&run);
  std::vector<std::pair<std::string, TaskRuns>> begun;
  for (auto& [key, members] : by_task) {
    const auto trained = std::find_if(
        members.begin(), members.end(), [](const auto* run) { return run->header.trained; });
    const auto& first = (trained == members.end() ? members.front() : *trained)->header;
    TaskRuns task{.task = first.task,
                  .text = first.task_text,
                  .preset = first.preset,
                  .title = first.task,
                  .solved_at = first.solved_at,
                  .plateau = first.plateau,
                  .rungs = rungs_of(first.floors),
                  .arms = arms_of(members)};
    auto date = first.date;
    for (const auto* run : members) date = std::min(date, run->header.date);
    begun.emplace_back(date, std::move(task));
  }
  std::stable_sort(
      begun.begin(), begun.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<TaskRuns> tasks;
  for (auto& [date, task] : begun) tasks.push_back(std::move(task));
  return tasks;
}

void name_tasks(std::vector<TaskRuns>& tasks) {
  for (auto& task : tasks) {
    const auto same = std::count_if(
        tasks.begin(), tasks.end(), [&](const auto& other) { return other.task == task.task; });
    if (same > 1) task.title = fmt::format("{} ({}: {})", task.task, task.preset, task.text);
  }
}

void colour_arms(std::vector<TaskRuns>& tasks) {
  std::set<std::string> names;
  for (const auto& task : tasks) {
    for (const auto& arm : task.arms) names.insert(arm.name);
  }
  for (auto& task : tasks) {
    for (auto& arm : task.arms) {
      const auto place = std::distance(names.begin(), names.find(arm.name));
      arm.colour = line_colour(static_cast<size_t>(place));
    }
  }
}

}  // namespace

std::pair<int64_t, int64_t> Arm::answers() const {
  std::pair<int64_t, int64_t> sum{0, 0};
  for (const auto* run : runs) {
    const auto* test = run->main_test();
    if (test == nullptr) continue;
    sum.first += test->right;
    sum.second += test->asked;
  }
  return sum;
}

bool TaskRuns::trained() const {
  return std::any_of(arms.begin(), arms.end(), [](const auto& arm) { return arm.trained; });
}

std::vector<Rung> rungs_of(std::vector<RecordedFloor> floors) {
  std::stable_sort(floors.begin(), floors.end(), [](const auto& a, const auto& b) {
    return a.accuracy < b.accuracy;
  });
  std::vector<Rung> rungs;
  for (const auto& floor : floors) {
    if (!rungs.empty() && floor.accuracy - rungs.back().accuracy < kSameRung) {
      auto& rung = rungs.back();
      // the plateau's own name first
      rung.view = floor.plateau ? floor.view + " / " + rung.view : rung.view + " / " + floor.view;
      rung.plateau = rung.plateau || floor.plateau;
    } else {
      rungs.push_back({floor.view, floor.accuracy, floor.standard_error, floor.plateau});
    }
  }
  return rungs;
}

const Rung* highest_beaten(std::span<const Rung> rungs, const Interval& interval) {
  const Rung* beaten = nullptr;
  for (const auto& rung : rungs) {
    if (beats(interval, rung.accuracy, rung.standard_error)) beaten = &rung;
  }
  return beaten;
}

ReportData read_report_data(const std::filesystem::path& folder) {
  auto records = read_records(folder);
  ReportData data;
  data.folder = folder;
  data.runs = std::move(records.runs);
  data.warnings = std::move(records.warnings);
  data.left_out = std::move(records.left_out);
  data.tasks = tasks_of(data.runs);
  name_tasks(data.tasks);
  colour_arms(data.tasks);
  data.probes = read_probes(folder / "probes", data.left_out);
  data.gates = read_gates(folder / "gates.json");
  return data;
}

}  // namespace ww
