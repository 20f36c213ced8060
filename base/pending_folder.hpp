// pending_folder.hpp: a folder that appears under its name whole or not at all.
#pragma once

#include <filesystem>
#include <string>

#include "base/temporaries.hpp"

namespace ww {

/// Stands under a temporary name beside `path` until commit(); without that it is removed.
class PendingFolder {
 public:
  /// Throws InputError where something stands at `path` already, or the folder can't be made.
  explicit PendingFolder(const std::filesystem::path& path);

  /// Where a file of the folder stands until commit().
  std::filesystem::path operator/(const std::string& name) const { return temporary_.path() / name; }
  void commit();

 private:
  std::filesystem::path path_;
  Temporary temporary_;
};

}  // namespace ww
