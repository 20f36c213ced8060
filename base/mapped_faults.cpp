#include "base/mapped_faults.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <mutex>

namespace ww {

namespace {

struct Watched {
  std::atomic<uintptr_t> begin = 0;  // 0: free
  uintptr_t end = 0;
  std::array<char, 1024> path{};
};

std::array<Watched, 4096> watched;  // the handler may read nothing that moves
std::mutex adding;

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
    file.end = reinterpret_cast<uintptr_t>(bytes.data() + bytes.size());
    file.begin = reinterpret_cast<uintptr_t>(bytes.data());
    return;
  }
}

void unwatch_mapping(std::span<const std::byte> bytes) {
  const std::lock_guard lock(adding);
  for (auto& file : watched) {
    if (file.begin == reinterpret_cast<uintptr_t>(bytes.data())) file.begin = 0;
  }
}

}  // namespace ww
