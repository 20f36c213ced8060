// family_defaults.hpp: what the configuration classes of transformers say where a config.json says
// nothing.
//
// `transformers` writes only what differs from the class, so a missing key means the class's own
// value: a Mistral without "sliding_window" has a window of 4096.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace ww {

/// Every key of the family that can change what the model computes, with its default. Throws
/// std::out_of_range for a model type that the families' table does not have.
const nlohmann::json& family_defaults(const std::string& model_type);

/// Whether the family's class lets the key be null.
bool may_be_null(const std::string& model_type, const std::string& key);

/// A config.json with the family's defaults filled in and without the keys that are not the
/// family's; those that might be taken for its own are named in `notes`. Throws InputError, which
/// begins with `where`, for a null that the class does not allow.
nlohmann::json with_defaults(const nlohmann::json& stated,
                             const std::string& model_type,
                             const std::string& where,
                             std::vector<std::string>& notes);

}  // namespace ww
