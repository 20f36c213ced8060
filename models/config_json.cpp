#include "models/config_json.hpp"

namespace ww {

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
