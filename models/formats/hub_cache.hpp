// hub_cache.hpp: models that Hugging Face's tools have downloaded, by their names on the Hub.
//
//   CACHE/models--org--name/refs/main             the commit that `main` was
//   CACHE/models--org--name/snapshots/COMMIT/     its files
#pragma once

#include <filesystem>
#include <string>

namespace ww {

/// Where Hugging Face's tools keep models: HF_HUB_CACHE, HF_HOME/hub, XDG_CACHE_HOME or
/// ~/.cache with huggingface/hub.
std::filesystem::path hub_cache();

/// What `name` means: itself where there is such a path, or where it is no `org/name`; else the
/// snapshot in the cache, or its only .gguf where it holds nothing but that. Throws InputError that
/// says how to get the model where the cache has none.
std::string local_checkpoint(const std::string& name);

}  // namespace ww
