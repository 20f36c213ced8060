#include "base/mapped_faults.hpp"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <string>

#include "base/check.hpp"
#include "base/temporaries.hpp"

namespace ww {

namespace {

/// What tells a file that was changed in place: the same file, other bytes.
struct Identity {
  dev_t device = 0;
  ino_t number = 0;
  off_t size = -1;  // -1: there is none
  timespec changed{};
};

struct Watched {
  std::atomic<uintptr_t> begin = 0;  // 0: free
  uintptr_t end = 0;
  std::array<char, 1024> path{};
  Identity identity;
};

std::array<Watched, 4096> watched;  // the handler may read nothing that moves
std::mutex adding;
std::string changed;  // a file that was changed while it was mapped

Identity identity_of(const char* path) {
  struct stat status {};
  if (stat(path, &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_size, status.st_mtim};
}

void note_change(const Watched& file) {
  const auto& before = file.identity;
  const auto now = identity_of(file.path.data());
  if (now.size < 0 || now.device != before.device || now.number != before.number) return;
  const bool same = now.size == before.size && now.changed.tv_sec == before.changed.tv_sec &&
                    now.changed.tv_nsec == before.changed.tv_nsec;
  if (!same) changed = file.path.data();
}

/// Calls only what a signal's handler may.
void say(const char* text) {
  const auto written = write(STDERR_FILENO, text, std::strlen(text));
  (void)written;  // nothing is left to do
}

void on_fault(int signal, siginfo_t* info, void*) {
  const auto at = reinterpret_cast<uintptr_t>(info->si_addr);
  for (const auto& file : watched) {
    if (file.begin == 0 || at < file.begin || at >= file.end) continue;
    say("error: ");
    say(file.path.data());
    say(": was cut off while it was read; is another program writing it?\n");
    remove_temporaries();
    _exit(2);
  }
  ::signal(signal, SIG_DFL);  // not ours: the instruction runs again and ends the program
}

void install_handler() {
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGBUS, &action, nullptr);
}

}  // namespace

void watch_mapping(std::span<const std::byte> bytes, const std::filesystem::path& path) {
  static std::once_flag installed;
  std::call_once(installed, install_handler);
  const std::lock_guard lock(adding);
  for (auto& file : watched) {
    if (file.begin != 0) continue;
    const auto name = path.string();
    file.path.fill('\0');
    std::strncpy(file.path.data(), name.c_str(), file.path.size() - 1);
    file.identity = identity_of(file.path.data());
    file.end = reinterpret_cast<uintptr_t>(bytes.data() + bytes.size());
    file.begin = reinterpret_cast<uintptr_t>(bytes.data());
    return;
  }
}

void unwatch_mapping(std::span<const std::byte> bytes) {
  const std::lock_guard lock(adding);
  for (auto& file : watched) {
    if (file.begin != reinterpret_cast<uintptr_t>(bytes.data())) continue;
    note_change(file);
    file.begin = 0;
  }
}

void check_mappings_unchanged() {
  const std::lock_guard lock(adding);
  for (const auto& file : watched) {
    if (file.begin != 0) note_change(file);
  }
  check(changed.empty(),
        "{}: was changed while it was read; is another program writing it? Run the command again",
        changed);
}

}  // namespace ww
