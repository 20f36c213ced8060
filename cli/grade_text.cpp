#include "cli/grade_text.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/statistics.hpp"
#include "plots/report_data.hpp"
#include "plots/report_words.hpp"

namespace ww {

namespace {

using Json = nlohmann::ordered_json;

std::string tally_line(const Tally& tally, const std::string& what) {
  return fmt::format("{:>7} {:>7}  {:<24}{}\n",
                     tally.right,
                     tally.asked,
                     share_with_interval(tally.right, tally.asked),
                     what);
}

std::string tally_heading(const std::string& what) {
  return fmt::format(
      "\n{:>7} {:>7}  {:<24}{}\n", "right", "asked", "accuracy [95 %]", "by " + what);
}

std::string floor_lines(const std::vector<GradedFloor>& floors, const char* heading) {
  if (floors.empty()) return {};
  auto text = fmt::format("\n{:>7} {:>7}  {}\n", "floor %", "beaten", heading);
  for (const auto& [floor, beaten] : floors) {
    text += fmt::format("{:>7.2f} {:>7}  {}{}\n",
                        100 * floor.accuracy,
                        beaten ? "yes" : "no",
                        floor.view,
                        floor.plateau ? "  <- plateau" : "");
  }
  return text;
}

/// As a report's table of results says it.
std::string highest_floor(const GradedAnswers& graded) {
  std::vector<RecordedFloor> floors;
  for (const auto& [floor, beaten] : graded.floors) {
    floors.push_back({floor.view, floor.accuracy, floor.standard_error, floor.plateau});
  }
  const auto rungs = rungs_of(floors);
  const auto& total = graded.grades.total;
  const auto* const rung = highest_beaten(rungs, wilson(total.right, total.asked));
  if (rung == nullptr) return "highest floor beaten: none\n";
  return fmt::format("highest floor beaten: {} ({}{})\n",
                     rung->view,
                     percent(rung->accuracy),
                     rung->plateau ? ", the plateau" : "");
}

std::string pointer_lines(const Grades& grades) {
  const auto counts = pointer_error_counts(grades);
  if (counts.empty()) return {};
  const auto line = [&](int64_t count, const std::string& what) {
    const auto share = static_cast<double>(count) / static_cast<double>(grades.total.asked);
    return fmt::format("{:>7} {:>7}  {}\n", count, percent(share), what);
  };
  auto text = fmt::format("\n{:>7} {:>7}  what wrong answers name\n", "wrong", "of all");
  for (const auto& [name, count] : counts) text += line(count, name);
  const auto off = places_off(grades);
  if (off.empty()) return text;
  text += fmt::format(
      "\n{:>7} {:>7}  places from the right one to the one that is named\n", "wrong", "of all");
  for (const auto& [places, count] : off) text += line(count, fmt::format("{:+}", places));
  return text;
}

/// Numbers of a share: what was counted, and what that says.
Json share_json(const Tally& tally) {
  const auto interval = wilson(tally.right, tally.asked);
  return {{"right", tally.right},
          {"asked", tally.asked},
          {"accuracy", tally.accuracy()},
          {"interval", {interval.low, interval.high}}};
}

Json floors_json(const std::vector<GradedFloor>& floors) {
  auto all = Json::array();
  for (const auto& [floor, beaten] : floors) {
    all.push_back({{"view", floor.view},
                   {"accuracy", floor.accuracy},
                   {"standard_error", floor.standard_error},
                   {"plateau", floor.plateau},
                   {"beaten", beaten}});
  }
  return all;
}

Json slices_json(const Grades& grades) {
  auto all = Json::object();
  for (const auto& [name, values] : grades.slices) {
    for (const auto& [value, tally] : values) {
      Json slice = {{"value", value}};
      slice.update(share_json(tally));
      all[name].push_back(slice);
    }
  }
  return all;
}

void add_pointers(Json& json, const Grades& grades) {
  json["pointer_errors"] = json["places_off"] = nullptr;
  const auto counts = pointer_error_counts(grades);
  if (counts.empty()) return;
  for (const auto& [name, count] : counts) json["pointer_errors"][name] = count;
  json["places_off"] = Json::array();
  for (const auto& [places, count] : places_off(grades)) {
    json["places_off"].push_back({{"places", places}, {"count", count}});
  }
}

}  // namespace

std::string grade_text(const Questions& questions, const GradedAnswers& graded) {
  const auto& stream = questions.stream;
  const auto& grades = graded.grades;
  const auto strings = grades.total.asked / stream.queries;
  auto text = fmt::format("{}\n{} split, seed {}: {} of {} each\n",
                          stream_text(*questions.task, stream),
                          split_name(stream.split),
                          stream.seed,
                          counted(static_cast<size_t>(strings), "string"),
                          counted(static_cast<size_t>(stream.queries), "question"));
  text += tally_heading("question") + tally_line(grades.total, "all");
  if (!graded.off_zero.empty()) text += tally_line(grades.nonzero, "where the shift is not 0");
  text += floor_lines(graded.floors, "the best answer that knows") + highest_floor(graded);
  text += floor_lines(graded.off_zero, "the same, where the shift is not 0");
  for (const auto& [name, values] : grades.slices) {
    text += tally_heading(name);
    for (const auto& [value, tally] : values) {
      text += tally_line(tally,
                         name == "shift" ? fmt::format("{:+}", value) : fmt::format("{}", value));
    }
  }
  return text + pointer_lines(grades);
}

nlohmann::ordered_json grade_json(const Questions& questions, const GradedAnswers& graded) {
  const auto& stream = questions.stream;
  Json json = {{"task", questions.name},
               {"text", stream_text(*questions.task, stream)},
               {"split", split_name(stream.split)},
               {"seed", stream.seed},
               {"queries", stream.queries},
               {"strings", graded.grades.total.asked / stream.queries}};
  json.update(share_json(graded.grades.total));
  json["floors"] = floors_json(graded.floors);
  json["off_zero"] = nullptr;
  if (!graded.off_zero.empty()) {
    json["off_zero"] = share_json(graded.grades.nonzero);
    json["off_zero"]["floors"] = floors_json(graded.off_zero);
  }
  json["slices"] = slices_json(graded.grades);
  add_pointers(json, graded.grades);
  return json;
}

}  // namespace ww
