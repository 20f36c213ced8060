#include "models/config_json.hpp"

#include <set>

#include "base/text.hpp"

namespace ww {

nlohmann::json parse_json(std::string_view text, const std::string& where, size_t most) {
  using Json = nlohmann::json;
  check_json(text, where, most);
  const auto zero = text.find('\0');  // for the library the end of the text
  check(zero == text.npos, "{}: is damaged at byte {}; it is no JSON", where, zero + 1);
  std::vector<std::set<std::string>> seen;  // keys at each depth: the library keeps the last twin
  const auto refuse_twins = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) seen.emplace_back();
    if (event == Json::parse_event_t::object_end) seen.pop_back();
    if (event != Json::parse_event_t::key) return true;
    const bool fresh = seen.back().insert(parsed.get<std::string>()).second;
    check(fresh, "{}: names \"{}\" twice", where, parsed.get<std::string>());
    return true;
  };
  try {
    return Json::parse(text, refuse_twins);
  } catch (const nlohmann::json::parse_error& error) {
    refuse("{}: is damaged at byte {}; it is no JSON", where, error.byte);
  } catch (const nlohmann::json::exception&) {  // a number beyond what a double holds
    refuse("{}: has a number that is too large", where);
  }
}

const nlohmann::json& member(const nlohmann::json& object,
                             const std::string& name,
                             const std::string& where) {
  check(object.is_object() && object.contains(name), "{}: \"{}\" is missing", where, name);
  return object.at(name);
}

nlohmann::json model_to_json(const ModelConfig& config) {
  auto object = fields_to_json(config);
  object["encoding_options"] = fields_to_json(config.encoding_options);
  auto& tables = object["tables"] = nlohmann::json::array();
  for (const auto& table : config.tables) {
    tables.push_back({{"theta", table.theta}, {"factor", table.factor}});
  }
  return object;
}

ModelConfig model_from_json(const nlohmann::json& object, const std::string& where) {
  ModelConfig config;
  fields_from_json(object, config, where, {"encoding_options", "tables"});
  fields_from_json(member(object, "encoding_options", where), config.encoding_options, where);
  for (const auto& entry : member(object, "tables", where)) {
    auto& table = config.tables.emplace_back();
    read_member(entry, "theta", table.theta, where);
    read_member(entry, "factor", table.factor, where);
  }
  return config;
}

}  // namespace ww
