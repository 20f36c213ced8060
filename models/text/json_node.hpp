// json_node.hpp: a JSON file read with suspicion: every access says what it wanted and where.
#pragma once

#include <filesystem>
#include <functional>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace ww {

/// Parses a file. Throws InputError for what is no JSON and as check_json() does.
nlohmann::json read_json(const std::filesystem::path& path);

/// A value and its place. Every reader throws InputError with file, place and what was wanted.
/// Keeps a reference: the JSON must outlive it.
class JsonNode {
 public:
  JsonNode(const nlohmann::json& value, std::string file, std::string place = {});

  bool is_null() const { return value_->is_null(); }
  /// Whether the object has the key with a value that is not null.
  bool has(const char* key) const;
  JsonNode at(const std::string& key) const;
  std::vector<JsonNode> items() const;
  /// Calls visit(item) for each of a list, which may be long.
  void each(const std::function<void(const JsonNode&)>& visit) const;

  std::string text() const;
  bool flag() const;
  /// An integer of 0 .. 2^31 - 2.
  int32_t id() const;
  std::string text_or(const char* key, const std::string& fallback) const;
  bool flag_or(const char* key, bool fallback) const;

  /// Refuses keys that nobody reads.
  void only(std::initializer_list<const char*> keys) const;
  /// "FILE: 'model.merges'", to begin a sentence.
  std::string where() const;
  const nlohmann::json& value() const { return *value_; }
  const nlohmann::json& object() const;
  const nlohmann::json& list() const;

 private:
  [[noreturn]] void wanted(const char* what) const;

  const nlohmann::json* value_;
  std::string file_, place_;
};

}  // namespace ww
