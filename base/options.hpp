// options.hpp: structs of options whose fields are named once, in visit(), and set from typed
// words.
//
//   template <typename Self, typename F>
//   static void visit(Self& self, F&& f) { f("base", self.base, help); .. }     help if need be
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include "base/check.hpp"
#include "base/text.hpp"

namespace ww {

/// Option name, as on the command line without dashes -> value as typed.
using Overrides = std::map<std::string, std::string>;

template <typename Options>
std::vector<std::string> option_names() {
  std::vector<std::string> names;
  const Options options{};
  Options::visit(options, [&](const char* name, auto&&...) { names.emplace_back(name); });
  return names;
}

/// Sets a field from a typed value. Throws InputError that names the option where it is no such
/// value.
template <typename Field>
void set_field(const std::string& name, const std::string& value, Field& field) {
  const auto where = "--" + name;
  if constexpr (std::is_same_v<Field, bool>) {
    check(
        value == "true" || value == "false", "{} must be true or false but got '{}'", where, value);
    field = value == "true";
  } else if constexpr (std::is_integral_v<Field>) {
    const auto number = parse_integer(value, where);
    field = static_cast<Field>(number);
    check(static_cast<int64_t>(field) == number && (std::is_signed_v<Field> || number >= 0),
          "{} is out of range: {}",
          where,
          value);
  } else if constexpr (std::is_floating_point_v<Field>) {
    field = parse_real(value, where);
  } else {
    field = value;
  }
}

/// Sets the fields that `overrides` names; names that are no field are left to the caller.
template <typename Options>
void apply_overrides(const Overrides& overrides, Options& options) {
  Options::visit(options, [&](const char* name, auto& field, auto&&...) {
    const auto found = overrides.find(name);
    if (found != overrides.end()) set_field(found->first, found->second, field);
  });
}

}  // namespace ww
