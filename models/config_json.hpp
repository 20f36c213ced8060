// config_json.hpp: structs with a visit() as JSON objects, and JSON read with refusals that name
// the file and the key.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "base/check.hpp"
#include "base/json.hpp"
#include "models/config.hpp"

namespace ww {

/// The member of that name. Throws InputError where there is none.
const nlohmann::json& member(const nlohmann::json& object,
                             const std::string& name,
                             const std::string& where);

/// Whether a field of this type can hold the value. The library would turn any number into any
/// other, beyond what the type holds too.
template <typename Field>
bool fits(const nlohmann::json& value) {
  if constexpr (std::is_same_v<Field, bool>) {
    return value.is_boolean();
  } else if constexpr (std::is_same_v<Field, std::string>) {
    return value.is_string();
  } else if constexpr (std::is_integral_v<Field>) {
    if (value.is_number_unsigned()) return std::in_range<Field>(value.get<uint64_t>());
    return value.is_number_integer() && std::in_range<Field>(value.get<int64_t>());
  } else if constexpr (requires { typename Field::value_type; }) {
    using Element = typename Field::value_type;
    return !std::is_integral_v<Element> || !value.is_array() ||
           std::ranges::all_of(value, [](const auto& element) { return fits<Element>(element); });
  } else {
    return true;
  }
}

template <typename Field>
void read_member(const nlohmann::json& object,
                 const std::string& name,
                 Field& field,
                 const std::string& where) {
  const auto& value = member(object, name, where);
  check(fits<Field>(value), "{}: \"{}\" has a value of the wrong type", where, name);
  try {
    value.get_to(field);
  } catch (const nlohmann::json::exception&) {
    refuse("{}: \"{}\" has a value of the wrong type", where, name);
  }
}

template <typename Options>
nlohmann::json fields_to_json(const Options& options) {
  nlohmann::json object;
  Options::visit(options,
                 [&](const char* name, const auto& field, auto&&...) { object[name] = field; });
  return object;
}

/// Every field must be there and every key must be a field, but for those in `others`.
template <typename Options>
void fields_from_json(const nlohmann::json& object,
                      Options& options,
                      const std::string& where,
                      const std::vector<std::string>& others = {}) {
  check(object.is_object(), "{}: a JSON object is missing", where);
  std::vector<std::string> names = others;
  Options::visit(options, [&](const char* name, auto& field, auto&&...) {
    names.emplace_back(name);
    read_member(object, name, field, where);
  });
  for (const auto& [key, value] : object.items()) {
    check(std::ranges::find(names, key) != names.end(), "{}: unknown key \"{}\"", where, key);
  }
}

nlohmann::json model_to_json(const ModelConfig& config);
ModelConfig model_from_json(const nlohmann::json& object, const std::string& where);

}  // namespace ww
