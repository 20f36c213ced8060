// run_folder.hpp: who may write in a run's folder, and whether what stands there may be gone on
// with.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "base/folder_lock.hpp"

namespace ww {

/// Holds a run's folder for this process until it ends; a killed process lets go by itself.
class RunFolder {
 public:
  /// Creates the folder, or with `resume` takes up one that exists, having waited some seconds for
  /// a process that is ending there. Throws InputError where it exists without `resume`, is no
  /// run's folder, belongs to another configuration or is in use.
  RunFolder(const std::filesystem::path& path, const nlohmann::json& config, bool resume);

  const std::filesystem::path& path() const { return path_; }
  /// Throws InputError where the folder was renamed, removed or replaced.
  void check_there() const { lock_.check_there(); }

 private:
  std::filesystem::path path_;
  FolderLock lock_;
};

}  // namespace ww
