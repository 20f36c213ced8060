#include "base/streams.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/check.hpp"
#include "base/files.hpp"

namespace ww {

namespace {

std::string read_all(int descriptor, const std::string& name) {
  std::string all;
  std::array<char, 1 << 16> block;
  while (true) {
    const auto count = read(descriptor, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    check(count >= 0, "{}: cannot be read: {}", name, std::strerror(errno));
    if (count == 0) return all;
    all.append(block.data(), static_cast<size_t>(count));
  }
}

/// A pipe, a terminal or a device that can be read to its end.
bool is_stream(const std::filesystem::path& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 &&
         (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode) || S_ISSOCK(status.st_mode));
}

}  // namespace

bool is_standard_output(const std::filesystem::path& path) {
  return path == "-" || path == "/dev/stdout" || path == "/dev/fd/1" || path == "/proc/self/fd/1";
}

int take_standard_output() {
  std::fflush(stdout);
  const int data = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
  check(data >= 0, "-: standard output is closed");
  dup2(STDERR_FILENO, STDOUT_FILENO);
  return data;
}

std::string read_input(const std::filesystem::path& path) {
  if (path == "-") return read_all(STDIN_FILENO, "standard input");
  if (!is_stream(path)) return read_file(path);
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  check(descriptor >= 0, "{}: cannot be read: {}", path.string(), std::strerror(errno));
  auto text = read_all(descriptor, path.string());
  close(descriptor);
  return text;
}

}  // namespace ww
