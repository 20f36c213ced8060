#include "tasks/grades.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <limits>

namespace ww {

namespace {

constexpr const char* kSourceCopied = "source copied";
constexpr const char* kAbsent = "absent";

void count(Tally& tally, bool right) {
  ++tally.asked;
  tally.right += right ? 1 : 0;
}

/// Where a symbol stands in the string, -1 if nowhere.
int place_of(int64_t token, const std::vector<int32_t>& string) {
  const auto found = std::ranges::find(string, static_cast<int32_t>(token));
  return found == string.end() ? -1 : static_cast<int>(found - string.begin());
}

}  // namespace

double Tally::accuracy() const {
  if (asked == 0) return std::numeric_limits<double>::quiet_NaN();
  return static_cast<double>(right) / static_cast<double>(asked);
}

void Grader::add(const Batch& batch, size_t row, size_t question, int64_t token) {
  const auto& sample = batch.samples[row];
  const auto& query = sample.queries[question];
  const bool right = token == query.answer;
  count(grades_.total, right);
  if (query.shift != 0) count(grades_.nonzero, right);
  const int n = static_cast<int>(sample.string.size());
  const auto slice = [&](const char* name, int value) {
    count(grades_.slices[name][value], right);
  };
  slice("n", n);
  slice("shift", query.shift);
  if (query.source >= 0) slice("source", query.source);
  if (query.target >= 0) slice("target", query.target);
  if (query.target >= 0) slice("distance", batch.position[batch.graded[question]] - query.target);
  if (!places_) return;
  const int place = place_of(token, sample.string);
  if (!right) ++grades_.pointer_errors[pointer_error(query, place, reach_)];
  if (place >= 0) ++grades_.shift_table[{query.shift, place - query.source}];
}

Grades Grader::grades() const {
  auto grades = grades_;
  std::erase_if(grades.slices, [](const auto& slice) { return slice.second.size() < 2; });
  return grades;
}

int longest_shift(const Sample& sample) {
  int reach = 0;
  for (const auto& query : sample.queries) reach = std::max(reach, std::abs(query.shift));
  return reach;
}

const std::vector<std::string>& pointer_error_classes() {
  static const std::vector<std::string> classes = {kSourceCopied,
                                                   "off by one",
                                                   "right size, wrong sign",
                                                   "right side, in reach",
                                                   "in reach",
                                                   "in the string",
                                                   kAbsent};
  return classes;
}

std::vector<std::pair<std::string, int64_t>> pointer_error_counts(const Grades& grades) {
  std::vector<std::pair<std::string, int64_t>> counts;
  if (grades.shift_table.empty() && grades.pointer_errors.empty()) return counts;
  for (const auto& name : pointer_error_classes()) {
    const auto found = grades.pointer_errors.find(name);
    counts.emplace_back(name, found == grades.pointer_errors.end() ? 0 : found->second);
  }
  return counts;
}

std::string pointer_error(const Query& query, int place, int reach) {
  const int applied = place - query.source;
  const bool in_reach = std::abs(applied) <= reach;
  const bool same_side = (applied > 0) == (query.shift > 0) && (applied < 0) == (query.shift < 0);
  const bool fits[] = {applied == 0,
                       std::abs(place - query.target) == 1,
                       applied == -query.shift,
                       same_side && in_reach,
                       in_reach};
  const auto& classes = pointer_error_classes();
  if (place < 0) return kAbsent;
  for (size_t i = 0; i < std::size(fits); ++i) {
    if (fits[i]) return classes[i];
  }
  return "in the string";
}

}  // namespace ww
