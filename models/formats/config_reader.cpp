#include "models/formats/config_reader.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/check.hpp"

namespace ww {

ConfigReader::ConfigReader(const nlohmann::json& object, std::string where)
    : object_(object), where_(std::move(where)) {
  check(object.is_object(), "{}: is no JSON object", where_);
}

bool ConfigReader::has(const std::string& key) const {
  const auto found = object_.find(key);
  return found != object_.end() && !found->is_null();
}

const nlohmann::json& ConfigReader::at(const std::string& key) const {
  check(has(key),
        "{}: \"{}\" is {}",
        where_,
        key,
        object_.contains(key) ? "null; it must be stated"
                              : "missing; is this a whole configuration?");
  return object_.at(key);
}

template <typename Value>
Value ConfigReader::get(const std::string& key, const char* kind) const {
  try {
    return at(key).get<Value>();
  } catch (const nlohmann::json::exception&) {
    refuse("{}: \"{}\" must be {}", where_, key, kind);
  }
}

double ConfigReader::real(const std::string& key) const {
  check(at(key).is_number(), "{}: \"{}\" must be a number", where_, key);
  const auto value = get<double>(key, "a number");
  check(std::isfinite(value), "{}: \"{}\" is not finite", where_, key);
  return value;
}

int64_t ConfigReader::integer(const std::string& key) const {
  const double value = real(key);
  check(value == std::floor(value) && value >= 0 && value <= 1e9,
        "{}: \"{}\" cannot be {}",
        where_,
        key,
        value);
  return static_cast<int64_t>(value);
}

std::string ConfigReader::text(const std::string& key) const {
  return get<std::string>(key, "a text");
}

int64_t ConfigReader::integer_or(const std::string& key, int64_t fallback) const {
  return has(key) ? integer(key) : fallback;
}

double ConfigReader::real_or(const std::string& key, double fallback) const {
  return has(key) ? real(key) : fallback;
}

double ConfigReader::positive_or(const std::string& key, double fallback) const {
  const double value = real_or(key, fallback);
  check(!has(key) || value > 0, "{}: \"{}\" must be above 0 but is {}", where_, key, value);
  return value;
}

std::optional<double> ConfigReader::maybe_real(const std::string& key) const {
  return has(key) ? std::optional(real(key)) : std::nullopt;
}

std::string ConfigReader::text_or(const std::string& key, const std::string& fallback) const {
  return has(key) ? text(key) : fallback;
}

bool ConfigReader::flag(const std::string& key) const { return get<bool>(key, "true or false"); }

bool ConfigReader::flag_or(const std::string& key, bool fallback) const {
  return has(key) ? flag(key) : fallback;
}

std::vector<double> ConfigReader::reals(const std::string& key) const {
  return has(key) ? get<std::vector<double>>(key, "a list of numbers") : std::vector<double>{};
}

std::vector<std::string> ConfigReader::texts(const std::string& key) const {
  return has(key) ? get<std::vector<std::string>>(key, "a list of texts")
                  : std::vector<std::string>{};
}

void ConfigReader::refuse_if_set(const std::string& key) const {
  if (!has(key)) return;
  const auto& value = object_.at(key);
  const bool off = (value.is_boolean() && !value.get<bool>()) ||
                   (value.is_number() && value.get<double>() == 0) || value.empty();
  check(off, "{}: \"{}\" is not supported", where_, key);
}

}  // namespace ww
