#include "base/files.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
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

/// What stands at the end of links.
std::filesystem::path followed(const std::filesystem::path& path) {
  return std::filesystem::is_symlink(path) ? std::filesystem::weakly_canonical(path) : path;
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  const MappedFile file(path);
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
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
  temporary_ = fmt::format("{}.{}.tmp", path_.string(), getpid());
  check(!std::filesystem::exists(path_) || std::filesystem::is_regular_file(path_),
        "{}: cannot be written: it is no plain file",
        path_.string());
  unlink(temporary_.c_str());  // of a process of the same number that was killed
  descriptor_ = open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  check(descriptor_ >= 0, "{}: cannot be written: {}", path_.string(), std::strerror(errno));
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && temporary_.empty()) {
      throw std::runtime_error(standard_output_fault(errno));
    }
    check(written >= 0, "{}: cannot be written: {}", path_.string(), std::strerror(errno));
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
}

void AtomicFile::write(std::string_view text) { write(std::as_bytes(std::span(text))); }

void AtomicFile::commit() {
  if (temporary_.empty()) {
    close(std::exchange(descriptor_, -1));
    return;
  }
  check(fsync(descriptor_) == 0 && rename(temporary_.c_str(), path_.c_str()) == 0,
        "{}: cannot be written: {}",
        path_.string(),
        std::strerror(errno));
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
