// json.hpp: the one place where JSON that came from outside is parsed.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace ww {

/// What an object that has a key twice is: refused, or the last of them counts.
enum class Twins { refuse, last };

/// The text of a JSON file or line. Throws InputError, beginning with `where`, that says where it
/// is damaged, and as check_json() does for what nests too deep or holds more than `most` values.
/// Json is nlohmann's json or ordered_json.
template <typename Json = nlohmann::json>
Json parse_json(std::string_view text,
                const std::string& where,
                size_t most = size_t{1} << 18,
                Twins twins = Twins::refuse);

/// The same for what may be no JSON at all (a torn line): then null, never an error.
template <typename Json = nlohmann::json>
Json json_or_null(std::string_view text);

extern template nlohmann::json parse_json(std::string_view, const std::string&, size_t, Twins);
extern template nlohmann::ordered_json parse_json(std::string_view,
                                                  const std::string&,
                                                  size_t,
                                                  Twins);
extern template nlohmann::json json_or_null(std::string_view);
extern template nlohmann::ordered_json json_or_null(std::string_view);

}  // namespace ww
