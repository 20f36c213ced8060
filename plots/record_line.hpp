// record_line.hpp: one line of record.jsonl as what it says.
#pragma once

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "models/config_json.hpp"
#include "plots/records.hpp"

namespace ww {

/// A line of the file, parsed; knows where it stands for errors.
struct RecordLine {
  std::string place;  // "runs/a/record.jsonl: line 3"
  nlohmann::ordered_json json;

  const nlohmann::ordered_json& at(const char* key) const {
    const auto found = json.find(key);
    check(found != json.end(), "{}: no '{}'; the record is damaged", place, key);
    return *found;
  }

  template <typename T>
  T get(const char* key) const {
    return value<T>(at(key), key);
  }

  template <typename T>
  T value(const nlohmann::ordered_json& from, const char* key) const {
    try {
      if (fits<T>(from)) return from.get<T>();
    } catch (const nlohmann::ordered_json::exception&) {
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
  RecordLine below(const char* key) const { return {place + ", '" + key + "'", at(key)}; }
  RecordLine below(const nlohmann::ordered_json& element, const char* key) const {
    return {place + ", '" + key + "'", element};
  }
};

/// Throws InputError, beginning with file and line, for a line that is damaged or no JSON object.
RecordLine read_line(std::string_view text, const std::filesystem::path& path, size_t number);

/// The parts of a record. They throw InputError, beginning with file and line, for what is missing,
/// of another kind or cannot be.
RunHeader read_header(const RecordLine& line);
RecordedEvaluation read_evaluation(const RecordLine& line);
TestResult read_test(const RecordLine& line);
Closing read_closing(const RecordLine& line);

}  // namespace ww
