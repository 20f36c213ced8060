#include "models/text/json_node.hpp"

#include <algorithm>
#include <limits>

#include "base/check.hpp"
#include "base/files.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace ww {

namespace {

constexpr size_t kMostValues = size_t{1} << 22;  // the largest vocabularies take half

std::string shown(const nlohmann::json& value) {
  return value.is_number() ? value.dump() : value.type_name();
}

}  // namespace

nlohmann::json read_json(const std::filesystem::path& path) {
  return parse_json(
      without_python_numbers(read_file(path)), path.string(), kMostValues, Twins::last);
}

JsonNode::JsonNode(const nlohmann::json& value, std::string file, std::string place)
    : value_(&value), file_(std::move(file)), place_(std::move(place)) {}

std::string JsonNode::where() const {
  return place_.empty() ? file_ : fmt::format("{}: '{}'", file_, place_);
}

void JsonNode::wanted(const char* what) const {
  refuse("{} must be {} but is {}", where(), what, value_->type_name());
}

const nlohmann::json& JsonNode::object() const {
  if (!value_->is_object()) wanted("an object");
  return *value_;
}

const nlohmann::json& JsonNode::list() const {
  if (!value_->is_array()) wanted("a list");
  return *value_;
}

bool JsonNode::has(const char* key) const {
  const auto found = object().find(key);
  return found != value_->end() && !found->is_null();
}

JsonNode JsonNode::at(const std::string& key) const {
  const auto found = object().find(key);
  check(found != value_->end(), "{} has no '{}'; is this a whole tokenizer?", where(), key);
  return {*found, file_, place_.empty() ? key : place_ + "." + key};
}

std::vector<JsonNode> JsonNode::items() const {
  std::vector<JsonNode> all;
  each([&](const JsonNode& item) { all.push_back(item); });
  return all;
}

void JsonNode::each(const std::function<void(const JsonNode&)>& visit) const {
  size_t i = 0;
  for (const auto& item : list()) visit({item, file_, fmt::format("{}[{}]", place_, i++)});
}

std::string JsonNode::text() const {
  if (!value_->is_string()) wanted("a text");
  return value_->get<std::string>();
}

bool JsonNode::flag() const {
  if (!value_->is_boolean()) wanted("true or false");
  return value_->get<bool>();
}

int32_t JsonNode::id() const {
  constexpr int64_t most = std::numeric_limits<int32_t>::max();  // one less, so that a count fits
  const auto number = value_->is_number_integer() ? value_->get<int64_t>() : -1;
  if (number < 0 || number >= most) refuse("{} must be an id but is {}", where(), shown(*value_));
  return static_cast<int32_t>(number);
}

std::string JsonNode::text_or(const char* key, const std::string& fallback) const {
  return has(key) ? at(key).text() : fallback;
}

bool JsonNode::flag_or(const char* key, bool fallback) const {
  return has(key) ? at(key).flag() : fallback;
}

void JsonNode::only(std::initializer_list<const char*> keys) const {
  for (const auto& item : object().items()) {
    const auto& key = item.key();
    const bool known = std::ranges::any_of(keys, [&](const char* k) { return key == k; });
    check(known, "{} has a '{}', which this program does not know; use --ids", where(), key);
  }
}

}  // namespace ww
