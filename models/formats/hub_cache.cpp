#include "models/formats/hub_cache.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <vector>

#include "base/check.hpp"
#include "base/files.hpp"

namespace ww {

namespace {

using Path = std::filesystem::path;

/// The value of an environment variable, empty where it has none.
Path environment(const char* name) {
  const auto* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool is_hub_name(const std::string& name) {
  const auto slash = name.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == name.size()) return false;
  if (name[0] == '.' || name[slash + 1] == '.' || name.size() > 200) return false;
  const auto fits = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  };
  return std::all_of(name.begin(), name.begin() + static_cast<ptrdiff_t>(slash), fits) &&
         std::all_of(name.begin() + static_cast<ptrdiff_t>(slash) + 1, name.end(), fits);
}

std::vector<Path> entries(const Path& folder) {
  std::vector<Path> all;
  if (!std::filesystem::is_directory(folder)) return all;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) all.push_back(entry.path());
  std::ranges::sort(all);
  return all;
}

/// The commit that `main` stands for; empty where the cache does not say.
std::string main_commit(const Path& model) {
  const auto file = model / "refs" / "main";
  if (!std::filesystem::exists(file)) return {};
  auto commit = read_file(file);
  while (!commit.empty() && std::isspace(static_cast<unsigned char>(commit.back())) != 0) {
    commit.pop_back();
  }
  check(commit.find('/') == std::string::npos && commit != "..",
        "{}: names no commit: '{}'",
        file.string(),
        commit);
  return commit;
}

/// The snapshot of `main`, or the only one; empty where there is none.
Path snapshot(const Path& model, const std::string& name) {
  const auto folder = model / "snapshots";
  const auto commit = main_commit(model);
  if (!commit.empty() && std::filesystem::is_directory(folder / commit)) return folder / commit;
  const auto all = entries(folder);
  check(all.size() < 2,
        "{}: the cache holds {} snapshots and not that of main ({}); give the folder of one",
        name,
        all.size(),
        folder.string());
  return all.empty() ? Path() : all.front();
}

/// The snapshot, or the one GGUF file that is all of it.
Path within(const Path& folder) {
  std::vector<Path> files;
  for (const auto& path : entries(folder)) {
    if (path.extension() == ".gguf") files.push_back(path);
  }
  const bool alone = files.size() == 1 && !std::filesystem::exists(folder / "config.json");
  return alone ? files.front() : folder;
}

}  // namespace

Path hub_cache() {
  for (const auto* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}) {
    if (auto cache = environment(name); !cache.empty()) return cache;
  }
  if (const auto home = environment("HF_HOME"); !home.empty()) return home / "hub";
  auto caches = environment("XDG_CACHE_HOME");
  if (caches.empty()) caches = environment("HOME") / ".cache";
  return caches / "huggingface" / "hub";
}

std::string local_checkpoint(const std::string& name) {
  std::error_code unreadable;
  if (std::filesystem::exists(name, unreadable) || !is_hub_name(name)) return name;
  const auto slash = name.find('/');
  const auto repository = name.substr(slash + 1);
  const auto model = hub_cache() / ("models--" + name.substr(0, slash) + "--" + repository);
  const auto found = snapshot(model, name);
  check(!found.empty(),
        "{}: does not exist, neither here nor as a model in {}; if it is one on the Hugging Face "
        "Hub, `hf download {} --local-dir {}` brings it",
        name,
        hub_cache().string(),
        name,
        repository);
  return within(found).string();
}

}  // namespace ww
