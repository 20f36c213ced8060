// checkpoint.hpp: a run's folder: what a model is, its weights, and what an exact resume needs.
//
//   config.json         architecture, encoding, task, training; "format": "whatwhere-model"
//   model.safetensors   the parameters, by name, float32
//   state.safetensors   parameters, moments, step counts and the run's progress at one instant
//   record.jsonl        see record.hpp
//
// Each is written under a temporary name and renamed. state.safetensors comes last and is all that
// a resume reads, so a kill between two files loses at most the steps since the one before.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "models/decoder.hpp"
#include "models/optimiser.hpp"

namespace ww {

void save_model(const std::filesystem::path& folder, const Decoder& model, int64_t step);
void save_state(const std::filesystem::path& folder,
                const Decoder& model,
                const AdamW& optimiser,
                const nlohmann::json& progress);

/// Restores what save_state() wrote and returns the progress. Throws InputError where the file is
/// damaged or of another shape.
nlohmann::json load_state(const std::filesystem::path& folder, Decoder& model, AdamW& optimiser);
bool has_state(const std::filesystem::path& folder);

/// Writes config.json with a checksum of itself; load_config() gives it back without.
void save_config(const std::filesystem::path& folder, const nlohmann::json& config);
/// The config.json of a run's folder, checked for damage, format and version.
nlohmann::json load_config(const std::filesystem::path& folder);
/// The training step that model.safetensors was saved at, -1 where it does not say.
int64_t model_step(const std::filesystem::path& folder);
/// The model of a run's folder. Throws InputError for a file that is damaged, lacks a tensor, has
/// one too many, one of another shape or one that is not finite.
Decoder load_model(const std::filesystem::path& folder, at::TensorOptions options = at::kFloat);

}  // namespace ww
