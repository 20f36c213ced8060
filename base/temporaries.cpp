#include "base/temporaries.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <mutex>
#include <string>

namespace ww {

namespace {

namespace fs = std::filesystem;

/// What a handler can read at any time.
struct Slot {
  std::atomic<bool> used = false;
  std::array<char, 4096> path{};
};
std::array<Slot, 64> slots;  // more at a time are removed by their destructors alone
std::mutex adding;

constexpr int kEnds[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM, SIGUSR1, SIGXCPU};

void on_end(int signal) {
  remove_temporaries();
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

/// Of signals that would end the process; what is ignored or handled stays so.
void install_handlers() {
  for (const int end : kEnds) {
    struct sigaction now {};
    sigaction(end, nullptr, &now);
    if (now.sa_handler == SIG_DFL) ::signal(end, on_end);
  }
}

void add_slot(const std::string& path) {
  const std::lock_guard lock(adding);
  install_handlers();
  for (auto& slot : slots) {
    if (slot.used || path.size() >= slot.path.size()) continue;
    std::memcpy(slot.path.data(), path.c_str(), path.size() + 1);
    slot.used = true;
    return;
  }
}

void free_slot(const std::string& path) {
  const std::lock_guard lock(adding);
  for (auto& slot : slots) {
    if (slot.used && path == slot.path.data()) slot.used = false;
  }
}

/// ".whatwhere-HOST-NAMESPACE-": process numbers mean something within it.
const std::string& own_prefix() {
  static const std::string prefix = [] {
    std::array<char, 256> host{};
    gethostname(host.data(), host.size() - 1);
    std::error_code fault;
    const auto space = fs::read_symlink("/proc/self/ns/pid", fault).string();
    const auto digits = space.find_first_of("0123456789");
    const auto number =
        digits == space.npos ? "0" : space.substr(digits, space.size() - digits - 1);
    return fmt::format(".whatwhere-{:.64}-{}-", host.data(), number);
  }();
  return prefix;
}

bool is_of_dead_process(const std::string& name) {
  if (!name.starts_with(own_prefix()) || !name.ends_with(".tmp")) return false;
  pid_t process = 0;
  const auto* const first = name.data() + own_prefix().size();
  const auto [end, fault] = std::from_chars(first, name.data() + name.size(), process);
  return fault == std::errc() && *end == '-' && kill(process, 0) != 0 && errno == ESRCH;
}

void remove_what_the_dead_left(const fs::path& folder) {
  std::error_code fault;
  for (fs::directory_iterator at(folder, fault), end; !fault && at != end; at.increment(fault)) {
    std::error_code ignored;
    if (is_of_dead_process(at->path().filename().string())) fs::remove_all(at->path(), ignored);
  }
}

fs::path fresh_name(const fs::path& folder) {
  static std::atomic<int> count = 0;
  return folder / fmt::format("{}{}-{}.tmp", own_prefix(), getpid(), count++);
}

}  // namespace

Temporary::Temporary(const fs::path& path) {
  const auto folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  remove_what_the_dead_left(folder);
  path_ = fresh_name(folder);
  std::error_code ignored;
  fs::remove_all(path_, ignored);  // of a dead process of the same number
  add_slot(path_.string());
}

Temporary::~Temporary() {
  free_slot(path_.string());
  std::error_code ignored;
  if (pending_) fs::remove_all(path_, ignored);
}

int Temporary::rename_to(const fs::path& final) {
  if (::rename(path_.c_str(), final.c_str()) != 0) return errno;
  pending_ = false;
  free_slot(path_.string());
  return 0;
}

void remove_temporaries() noexcept {
  for (const auto& slot : slots) {
    if (slot.used) unlink(slot.path.data());
  }
}

}  // namespace ww
