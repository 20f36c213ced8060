// made_weights.hpp: weights that are a function of a tensor's name, as tests/golden/families.py
// makes them, and safetensors files of them.
#pragma once

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/files.hpp"
#include "base/philox.hpp"
#include "models/formats/safetensors.hpp"

namespace ww::test {

/// Element i is 2^-63 splitmix64(fnv64(name) + i) - 1, times 0.25 in matrices and 0.2 in vectors;
/// weights of norms are 1 more unless they are stored minus 1.
inline std::vector<float> made_weights(const std::string& name,
                                       const std::vector<int64_t>& shape,
                                       bool norms_minus_one) {
  const auto count = std::accumulate(shape.begin(), shape.end(), int64_t{1}, std::multiplies<>());
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) {
    const auto bits = splitmix64(fnv64(name) + static_cast<uint64_t>(i));
    const double u = std::ldexp(static_cast<double>(bits), -63) - 1;
    const bool norm = shape.size() == 1 && name.ends_with("weight") && !norms_minus_one;
    values.push_back(static_cast<float>(shape.size() > 1 ? 0.25 * u : 0.2 * u + (norm ? 1 : 0)));
  }
  return values;
}

using MadeTensors = std::map<std::string, std::pair<std::vector<int64_t>, std::vector<float>>>;

/// Of a model that families.json records.
inline MadeTensors made_tensors(const nlohmann::json& model) {
  MadeTensors tensors;
  for (const auto& [name, shape] : model["shapes"].items()) {
    const auto sizes = shape.get<std::vector<int64_t>>();
    tensors[name] = {sizes, made_weights(name, sizes, model["norms_minus_one"])};
  }
  return tensors;
}

inline void write_made(const std::filesystem::path& path, const MadeTensors& tensors) {
  std::map<std::string, TensorView> views;
  for (const auto& [name, tensor] : tensors) {
    const auto bytes = std::as_bytes(std::span(tensor.second));
    views[name] = make_view(name, "F32", tensor.first, bytes, "memory");
  }
  write_safetensors(path, views, {{"format", "pt"}});
}

/// config.json and model.safetensors of a recorded model.
inline void write_huggingface(const std::filesystem::path& folder, const nlohmann::json& model) {
  std::filesystem::create_directories(folder);
  write_file(folder / "config.json", model["config"].dump(2));
  write_made(folder / "model.safetensors", made_tensors(model));
}

}  // namespace ww::test
