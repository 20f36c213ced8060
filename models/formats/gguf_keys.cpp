#include "models/formats/gguf_keys.hpp"

#include <cmath>

#include "base/check.hpp"

namespace ww {

GgufKeys::GgufKeys(const WeightFile& file, std::string where)
    : file_(file), where_(std::move(where)) {
  const auto found = file.metadata.find("general.architecture");
  if (found != file.metadata.end() && found->is_string()) architecture_ = *found;
}

double GgufKeys::real(const std::string& key) const {
  const auto found = file_.metadata.find(full(key));
  check(found != file_.metadata.end() && found->is_number(),
        "{}: has no number '{}'; is this a whole model?",
        where_,
        full(key));
  const double value = *found;
  check(std::isfinite(value), "{}: '{}' is not finite", where_, full(key));
  return value;
}

double GgufKeys::real_or(const std::string& key, double fallback) const {
  return has(key) ? real(key) : fallback;
}

int64_t GgufKeys::integer(const std::string& key) const {
  const double value = real(key);
  check(value == std::floor(value) && value >= 0 && value <= 1e9,
        "{}: '{}' cannot be {}",
        where_,
        full(key),
        value);
  return static_cast<int64_t>(value);
}

int64_t GgufKeys::integer_or(const std::string& key, int64_t fallback) const {
  return has(key) ? integer(key) : fallback;
}

std::string GgufKeys::text_or(const std::string& key, const std::string& fallback) const {
  const auto found = file_.metadata.find(full(key));
  if (found == file_.metadata.end()) return fallback;
  check(found->is_string(), "{}: '{}' must be a text", where_, full(key));
  return found->get<std::string>();
}

bool GgufKeys::flag_or(const std::string& key, bool fallback) const {
  const auto found = file_.metadata.find(full(key));
  if (found == file_.metadata.end()) return fallback;
  check(found->is_boolean(), "{}: '{}' must be true or false", where_, full(key));
  return found->get<bool>();
}

std::vector<std::string> GgufKeys::all() const {
  const auto prefix = architecture_ + ".";
  std::vector<std::string> keys;
  for (const auto& [key, value] : file_.metadata.items()) {
    if (key.starts_with(prefix)) keys.push_back(key.substr(prefix.size()));
  }
  return keys;
}

}  // namespace ww
