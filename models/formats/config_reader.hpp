// config_reader.hpp: a checkpoint's config.json read key by key; every refusal names file and key.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace ww {

class ConfigReader {
 public:
  /// `object` must live as long as the reader. Throws InputError where it is no object.
  ConfigReader(const nlohmann::json& object, std::string where);

  const std::string& where() const { return where_; }
  const nlohmann::json& object() const { return object_; }
  /// Whether the key is there and not null.
  bool has(const std::string& key) const;

  /// Throws InputError where the key is missing or of another type; whole numbers are from 0 to
  /// 10^9, reals finite.
  int64_t integer(const std::string& key) const;
  double real(const std::string& key) const;
  std::string text(const std::string& key) const;
  bool flag(const std::string& key) const;
  int64_t integer_or(const std::string& key, int64_t fallback) const;
  double real_or(const std::string& key, double fallback) const;
  /// As real_or(), and above 0 where it is there.
  double positive_or(const std::string& key, double fallback) const;
  std::optional<double> maybe_real(const std::string& key) const;
  std::string text_or(const std::string& key, const std::string& fallback) const;
  bool flag_or(const std::string& key, bool fallback) const;
  /// Empty where there is none.
  std::vector<double> reals(const std::string& key) const;
  std::vector<std::string> texts(const std::string& key) const;

  /// Throws InputError that names the key where it is there and neither null, false, 0 nor empty.
  void refuse_if_set(const std::string& key) const;

 private:
  const nlohmann::json& at(const std::string& key) const;
  template <typename Value>
  Value get(const std::string& key, const char* kind) const;

  const nlohmann::json& object_;
  std::string where_;
};

}  // namespace ww
