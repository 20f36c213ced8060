#include "base/files.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fstream>
#include <mutex>
#include <set>
#include <utility>

#include "base/check.hpp"
#include "base/mapped_faults.hpp"
#include "base/streams.hpp"

namespace ww {

namespace {

/// The files that this process has read.
class Opened {
 public:
  void add(const std::filesystem::path& path) {
    const std::lock_guard lock(mutex_);
    files_.insert(std::filesystem::absolute(path));
  }
  /// By whatever name.
  bool has(const std::filesystem::path& path) {
    const std::lock_guard lock(mutex_);
    return std::ranges::any_of(files_, [&](const auto& file) {
      std::error_code missing;  // what is not there is not the other
      return std::filesystem::equivalent(file, path, missing) && !missing;
    });
  }

 private:
  std::mutex mutex_;
  std::set<std::filesystem::path> files_;
};

Opened& opened() {
  static Opened all;
  return all;
}

/// Opens for reading, without waiting for a pipe's other end; refuses what is not a plain file.
/// Returns the descriptor and the size.
std::pair<int, size_t> open_to_read(const std::filesystem::path& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  check(descriptor >= 0, "{}: cannot be read: {}", path.string(), std::strerror(errno));
  struct stat status {};
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(descriptor);
    refuse("{}: is not a plain file", path.string());
  }
  opened().add(path);
  return {descriptor, static_cast<size_t>(status.st_size)};
}

/// What stands at the end of links, whether it is there yet or not.
std::filesystem::path followed(std::filesystem::path path) {
  constexpr int kMostLinks = 40;  // as many as the system follows
  check(path.filename().native().size() <= NAME_MAX,
        "{}: cannot be written: {}",
        path.string(),
        std::strerror(ENAMETOOLONG));
  for (int i = 0; i < kMostLinks && std::filesystem::is_symlink(path); ++i) {
    path = path.parent_path() / std::filesystem::read_symlink(path);
  }
  return path;
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  const auto [descriptor, size] = open_to_read(path);
  std::string bytes(size, '\0');
  size_t filled = 0;
  int fault = 0;
  while (filled < size) {
    const auto taken = read(descriptor, bytes.data() + filled, size - filled);
    if (taken < 0 && errno == EINTR) continue;
    if (taken < 0) fault = errno;
    if (taken <= 0) break;
    filled += static_cast<size_t>(taken);
  }
  close(descriptor);
  check(fault == 0, "{}: cannot be read: {}", path.string(), std::strerror(fault));
  bytes.resize(filled);
  return bytes;
}

MappedFile::MappedFile(const std::filesystem::path& path) {
  const auto [descriptor, size] = open_to_read(path);
  size_ = size;
  if (size == 0) {
    close(descriptor);
    return;
  }
  void* const mapped = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  const int fault = errno;
  close(descriptor);
  check(mapped != MAP_FAILED, "{}: cannot be mapped: {}", path.string(), std::strerror(fault));
  data_ = static_cast<const std::byte*>(mapped);
  watch_mapping(bytes(), path);
}

MappedFile::~MappedFile() {
  if (data_ == nullptr) return;
  unwatch_mapping(bytes());
  munmap(const_cast<std::byte*>(data_), size_);
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

void release_pages(std::span<const std::byte> part) {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<uintptr_t>(part.data());
  const auto first = (begin + page - 1) / page * page, end = (begin + part.size()) / page * page;
  if (first < end) madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
}

AtomicFile::AtomicFile(const std::filesystem::path& path)
    : path_(is_standard_output(path) ? path : followed(path)) {
  if (is_standard_output(path_)) {  // as it is: neither opened anew nor cut
    flush_standard_output();
    descriptor_ = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    check(descriptor_ >= 0, "standard output cannot be written: {}", std::strerror(errno));
    return;
  }
  check(!std::filesystem::exists(path_) || std::filesystem::is_regular_file(path_),
        "{}: cannot be written: it is no plain file",
        path_.string());
  temporary_.emplace(path_);
  descriptor_ = open(temporary().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  check(descriptor_ >= 0, "{}: cannot be written: {}", path_.string(), std::strerror(errno));
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && !temporary_) {
      throw std::runtime_error(standard_output_fault(errno));
    }
    check(written >= 0, "{}: cannot be written: {}", path_.string(), std::strerror(errno));
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void AtomicFile::commit() {
  check_mappings_unchanged();
  if (temporary_) {
    struct stat old {};
    if (stat(path_.c_str(), &old) == 0) fchmod(descriptor_, old.st_mode & 07777);
    const int fault = fsync(descriptor_) == 0 ? temporary_->rename_to(path_) : errno;
    check(fault == 0, "{}: cannot be written: {}", path_.string(), std::strerror(fault));
  }
  close(std::exchange(descriptor_, -1));
}

void check_output(const std::filesystem::path& out) {
  if (is_standard_output(out)) return;
  check(
      !out.empty() && out.has_filename(), "-o needs the name of a file but got '{}'", out.string());
  const auto path = followed(out);
  const auto folder = path.has_parent_path() ? path.parent_path() : ".";
  check(std::filesystem::is_directory(folder),
        "{}: there is no folder {}; make it first",
        out.string(),
        folder.string());
  if (!std::filesystem::exists(path)) return;
  check(std::filesystem::is_regular_file(path),
        "{}: cannot be written: it is no plain file",
        out.string());
  check(!opened().has(path),
        "{}: is what the command reads; choose another file for -o",
        out.string());
}

std::string first_bytes(const std::filesystem::path& path, size_t count) {
  if (!std::filesystem::is_regular_file(path)) return {};
  std::string bytes(count, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), static_cast<std::streamsize>(count));
  bytes.resize(static_cast<size_t>(file.gcount()));
  return bytes;
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  AtomicFile file(path);
  file.write(text);
  file.commit();
}

}  // namespace ww
