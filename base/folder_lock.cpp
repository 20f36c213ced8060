#include "base/folder_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "base/check.hpp"

namespace ww {

namespace {

constexpr auto kPause = std::chrono::milliseconds(50);

bool locked(int descriptor, std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(kPause);
  }
  return true;
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder,
                       const std::string& held,
                       std::chrono::milliseconds patience)
    : folder_(folder) {
  lock_ = open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  check(lock_ >= 0, "{}: cannot be written: {}", folder.string(), std::strerror(errno));
  if (!locked(lock_, patience)) {
    close(lock_);
    refuse("{}: {}", folder.string(), held);
  }
  directory_ = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

FolderLock::~FolderLock() {
  close(directory_);
  close(lock_);
}

void FolderLock::check_there() const {
  struct stat held {
  }, named{};
  const bool there = fstat(directory_, &held) == 0 && stat(folder_.c_str(), &named) == 0 &&
                     held.st_dev == named.st_dev && held.st_ino == named.st_ino;
  check(there,
        "{}: is no longer the folder of this run (renamed, removed or replaced); nothing more is "
        "written, and what "
        "was saved is in the folder that was",
        folder_.string());
}

}  // namespace ww
