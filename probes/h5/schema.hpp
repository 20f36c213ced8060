// schema.hpp: what a probe file may hold, schema 1.1: a line per variable. A new one is one line.
#pragma once

#include <string>
#include <vector>

namespace ww {

enum class Stored { f32, f64, i8, i32, i64, text };

struct VariableRow {
  const char* name;  // with its group: "theta", "per_head/query_norm_mean"
  std::vector<std::string> dims;
  Stored stored;
  const char* units;  // "rad token-1", "token", "nat token-1", "1"
  const char* long_name;
  const char* cell_methods;  // of averages; else ""
};

/// The table; coordinates first.
const std::vector<VariableRow>& probe_schema();
/// Null where the schema has no such variable.
const VariableRow* find_variable(const std::string& name);

constexpr const char* kEncodingType = "rotary-usage";
constexpr const char* kEncodingVersion = "1.1.0";

}  // namespace ww
