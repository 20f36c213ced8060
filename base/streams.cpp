#include "base/streams.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <map>

#include "base/check.hpp"
#include "base/files.hpp"

namespace ww {

namespace {

bool is_quiet = false;

/// All bytes up to the end of a stream.
std::string read_to_end(int descriptor, const std::string& name) {
  std::string all;
  std::array<char, 1 << 16> part{};
  for (;;) {
    const auto count = read(descriptor, part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    check(count >= 0, "{}: cannot be read: {}", name, std::strerror(errno));
    if (count == 0) return all;
    all.append(part.data(), static_cast<size_t>(count));
  }
}

std::string read_stream(const std::filesystem::path& path) {
  if (path == "-") return read_to_end(STDIN_FILENO, "standard input");
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  check(descriptor >= 0, "{}: cannot be read: {}", path.string(), std::strerror(errno));
  try {
    auto all = read_to_end(descriptor, path.string());
    close(descriptor);
    return all;
  } catch (...) {
    close(descriptor);
    throw;
  }
}

/// A pipe, a socket or a terminal. Devices such as /dev/zero have no end.
bool is_stream(const std::filesystem::path& path) {
  struct stat status {};
  if (path == "-") return true;
  if (stat(path.c_str(), &status) != 0) return false;
  return S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) ||
         (S_ISCHR(status.st_mode) && std::filesystem::is_symlink(path));  // /dev/stdin
}

}  // namespace

void open_standard_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (fcntl(descriptor, F_GETFD) == -1 && errno == EBADF) {
      // The lowest that is free, and those below are open.
      if (open("/dev/null", O_RDWR) != descriptor) _exit(1);
    }
  }
}

void keep_quiet(bool quiet) { is_quiet = quiet; }

void tell(std::string_view text) {
  if (!is_quiet) tell_always(text);
}

void tell_always(std::string_view text) {
  while (!text.empty()) {
    const auto written = write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<size_t>(written));
  }
}

void flush_standard_output() {
  errno = 0;
  std::cout.flush();
  const bool whole = std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && !std::cout.fail();
  if (whole) return;
  throw std::runtime_error(standard_output_fault(errno == 0 ? EIO : errno));
}

std::string standard_output_fault(int error) {
  return fmt::format("standard output cannot be written: {}", std::strerror(error));
}

bool is_standard_output(const std::filesystem::path& out) {
  constexpr std::array kNames = {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"};
  return std::ranges::any_of(kNames, [&](const char* name) { return out == name; });
}

void report_line(const std::filesystem::path& out, std::string_view line) {
  if (is_standard_output(out)) return tell("{}\n", line);
  fmt::print("{}\n", line);
}

void refuse_standard_output(const std::filesystem::path& out, std::string_view what) {
  check(!is_standard_output(out),
        "-o {}: {} cannot be written to standard output; name a file or folder",
        out.string(),
        what);
}

std::string read_input(const std::filesystem::path& path) {
  if (!is_stream(path)) return read_file(path);
  static std::map<std::filesystem::path, std::string> read_already;
  const auto found = read_already.find(path);
  if (found != read_already.end()) return found->second;
  return read_already[path] = read_stream(path);
}

}  // namespace ww
