// manifest.hpp: whatwhere.json, which describes another trainer's weights without code.
//
//   {"format": "whatwhere-manifest", "version": 1, "weights": "model.pt",
//    "model": {"vocabulary": 57, "width": 512, ..},            fields of ModelConfig
//    "encoding": {"name": "pope", "base": 10000, "rotary_width": 64,      or "frequencies": [..]
//                 "delta": "blocks.{l}.attn.delta", "delta_clamp": [-6.2832, 0],
//                 "magnitude": "softplus"},
//    "tensors": {"embed.weight": "wte.weight",                 ours: theirs, or a list of theirs
//                "blocks.{l}.attn.qkv.weight": ["h.{l}.q.weight", "h.{l}.k.weight", ..]},
//    "transpose": ["lm_head.weight"]}                          theirs that are stored [in, out]
#pragma once

#include <filesystem>

#include "models/formats/weights.hpp"

namespace ww {

/// Whether the path is a folder with a whatwhere.json, or such a file.
bool is_manifest(const std::filesystem::path& path);

/// A note says which fields of ModelConfig were not given and what they were taken for. Throws
/// InputError for a key that is unknown or missing, a size, activation, norm, base, pairing or
/// magnitude that is not given (no tensor's shape would show that a default is wrong), a tensor
/// that the weights lack (with the nearest names that they have), and an encoding that is not ours.
SourceModel read_manifest(const std::filesystem::path& path);

}  // namespace ww
