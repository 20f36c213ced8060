#include "base/pending_folder.hpp"

#include <cstring>
#include <system_error>

#include "base/check.hpp"

namespace ww {

namespace {

std::filesystem::path without_slash(const std::filesystem::path& path) {
  return path.has_filename() ? path : path.parent_path();  // "runs/a/"
}

}  // namespace

PendingFolder::PendingFolder(const std::filesystem::path& path)
    : path_(without_slash(path)), temporary_(path_) {
  check(!std::filesystem::exists(std::filesystem::symlink_status(path_)),
        "{}: exists already; name a new folder",
        path_.string());
  std::error_code fault;
  std::filesystem::create_directory(temporary_.path(), fault);
  check(!fault, "{}: cannot be made: {}", path_.string(), fault.message());
}

void PendingFolder::commit() {
  const int fault = temporary_.rename_to(path_);
  check(fault == 0, "{}: cannot be made: {}", path_.string(), std::strerror(fault));
}

}  // namespace ww
