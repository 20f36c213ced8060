// folder_lock.hpp: one process at a time in a folder.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace ww {

/// Holds FOLDER/lock for this process until it ends; a killed process lets go by itself.
class FolderLock {
 public:
  /// Waits up to `patience` for a process that is ending. Throws InputError, which says `held`
  /// ("another process is training there"), where the folder is still in use then, or cannot be
  /// written.
  FolderLock(const std::filesystem::path& folder,
             const std::string& held,
             std::chrono::milliseconds patience);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  /// Throws InputError where the folder of that name is no longer the one that is held: it was
  /// renamed, removed or replaced by another.
  void check_there() const;

 private:
  std::filesystem::path folder_;
  int lock_ = -1, directory_ = -1;
};

}  // namespace ww
