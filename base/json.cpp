#include "base/json.hpp"

#include <set>
#include <vector>

#include "base/check.hpp"
#include "base/text.hpp"

namespace ww {

template <typename Json>
Json parse_json(std::string_view text, const std::string& where, size_t most, Twins twins) {
  check_json(text, where, most);
  const auto zero = text.find('\0');  // for the library the end of the text
  check(zero == text.npos, "{}: is damaged at byte {}; it is no JSON", where, zero + 1);
  std::vector<std::set<std::string>> seen;  // keys at each depth: the library keeps the last twin
  const auto refuse_twins = [&](int, typename Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) seen.emplace_back();
    if (event == Json::parse_event_t::object_end) seen.pop_back();
    if (event != Json::parse_event_t::key) return true;
    const auto& key = parsed.template get_ref<const std::string&>();
    check(seen.back().insert(key).second, "{}: names \"{}\" twice", where, key);
    return true;
  };
  try {
    if (twins == Twins::last) return Json::parse(text);
    return Json::parse(text, refuse_twins);
  } catch (const nlohmann::json::parse_error& error) {
    check(!Json::accept(without_python_numbers(text)),
          "{}: has NaN or Infinity before byte {}, which are no JSON; write a number",
          where,
          error.byte);
    refuse("{}: is damaged at byte {}; it is no JSON", where, error.byte);
  } catch (const nlohmann::json::exception&) {  // a number beyond what a double holds
    refuse("{}: has a number that is too large", where);
  }
}

template <typename Json>
Json json_or_null(std::string_view text) {
  try {
    return parse_json<Json>(text, "", size_t{1} << 18, Twins::last);
  } catch (const InputError&) {
    return nullptr;
  }
}

template nlohmann::json parse_json(std::string_view, const std::string&, size_t, Twins);
template nlohmann::ordered_json parse_json(std::string_view, const std::string&, size_t, Twins);
template nlohmann::json json_or_null(std::string_view);
template nlohmann::ordered_json json_or_null(std::string_view);

}  // namespace ww
