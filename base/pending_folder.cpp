#include "base/pending_folder.hpp"

#include <unistd.h>

#include <system_error>
#include <utility>

#include "base/check.hpp"

namespace ww {

PendingFolder::PendingFolder(std::filesystem::path path) : path_(std::move(path)) {
  if (!path_.has_filename()) path_ = path_.parent_path();  // "runs/a/"
  temporary_ = fmt::format("{}.{}.tmp", path_.string(), getpid());
  check(!std::filesystem::exists(path_), "{}: exists already; name a new folder", path_.string());
  std::error_code fault;
  std::filesystem::create_directory(temporary_, fault);
  check(!fault, "{}: cannot be made: {}", path_.string(), fault.message());
}

PendingFolder::~PendingFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(temporary_, ignored);
}

void PendingFolder::commit() {
  std::error_code fault;
  std::filesystem::rename(temporary_, path_, fault);
  check(!fault, "{}: cannot be made: {}", path_.string(), fault.message());
}

}  // namespace ww
