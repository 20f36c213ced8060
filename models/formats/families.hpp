// families.hpp: the families of Hugging Face models. A family is a function from its config.json
// to a ModelConfig and a list of tensor names, nothing more; a new one is a line in the table.
#pragma once

#include "models/formats/config_reader.hpp"
#include "models/formats/names.hpp"
#include "models/formats/rope_scaling.hpp"

namespace ww {

/// What a family's function fills in.
struct FamilyModel {
  ModelConfig config;
  std::vector<RopeScaling> ropes;
  TensorNames names;
  std::vector<std::string> notes;  // what a user should know: keys that are ignored, say
};

struct FamilyRow {
  const char* model_type;  // as config.json says it
  const char* known_as;    // "Llama 1-3, SmolLM2"
  void (*read)(const ConfigReader& config, FamilyModel& model);
};

const std::vector<FamilyRow>& families();

/// The model that a config.json describes; a missing key means the default of the family's class
/// (family_defaults.hpp). Throws InputError, by name, for a model type, an activation or a part
/// that is not supported, and for numbers that cannot be.
FamilyModel read_family(const nlohmann::json& config, const std::string& where);

// Shared by the families' own files.

/// Sizes and activation under the names that most families use; gated MLP; RMS norm.
void read_common(const ConfigReader& config, FamilyModel& model);
/// Layer norms with weight and bias, epsilon under `key`.
void use_layer_norm(const ConfigReader& config, FamilyModel& model, const char* key);
/// Names of the Llama kind.
TensorNames llama_names();

/// The frequency tables of a configuration whose layers all turn alike: rope_scaling, else
/// rope_parameters, with the family's base and share of features that turn where they say none.
void read_rope(const ConfigReader& config, FamilyModel& model);
/// The same where layers differ by type (Gemma 3): rope_parameters nested by "full_attention" and
/// "sliding_attention", or rope_theta and rope_local_base_freq; `slides` [L] says which layer is
/// which.
void read_rope_by_type(const ConfigReader& config,
                       FamilyModel& model,
                       const std::vector<bool>& slides);

/// Which layers slide by the configuration's layer_types; empty where it has none. Throws
/// InputError unless they are one a layer, each "full_attention" or "sliding_attention".
std::vector<bool> stated_sliding_layers(const ConfigReader& config, int64_t layers);
/// The same where the configuration has layer_types, else `pattern(l)`.
template <typename Pattern>
std::vector<bool> sliding_layers(const ConfigReader& config, int64_t layers, Pattern&& pattern) {
  auto slides = stated_sliding_layers(config, layers);
  for (auto l = std::ssize(slides); l < layers; ++l) slides.push_back(pattern(l));
  return slides;
}
/// Windows of the configuration's sliding_window for the layers that slide. Throws InputError where
/// some do and it is null or 0.
void use_windows(const ConfigReader& config, FamilyModel& model, const std::vector<bool>& slides);
/// Throws InputError where layer_types names a layer that slides: the family has no windows.
void refuse_windows(const ConfigReader& config, const FamilyModel& model);

}  // namespace ww
