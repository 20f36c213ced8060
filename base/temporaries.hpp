// temporaries.hpp: files that have not yet got their names, removed whatever ends the process.
#pragma once

#include <filesystem>

namespace ww {

/// A name in the folder of `path` for what will be renamed to it. It tells machine, process
/// namespace and process apart, so that what dead processes left there can be known and removed,
/// which the constructor does.
class Temporary {
 public:
  explicit Temporary(const std::filesystem::path& path);
  /// Removes what stands under the name, a file or a folder, unless it was renamed.
  ~Temporary();
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  const std::filesystem::path& path() const { return path_; }

  /// Gives it its name. Returns 0, or the system's reason (errno).
  int rename_to(const std::filesystem::path& final);

 private:
  std::filesystem::path path_;
  bool pending_ = true;
};

/// Removes the files, not the folders, of all that are pending. A signal's handler may call it;
/// signals that end the process do.
void remove_temporaries() noexcept;

}  // namespace ww
