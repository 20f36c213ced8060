#include "probes/h5/guarded.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <new>

#include "base/check.hpp"

namespace ww {

namespace {

constexpr rlim_t kSeconds = 60;
enum Status { kRead = 0, kRefused = 1, kNoRoom = 2 };

/// What the child tells, in memory that both see.
struct Told {
  Place place;
  char sentence[5000] = {};

  void tell(std::string_view text) { text.copy(sentence, sizeof sentence - 1); }
};

std::shared_ptr<Told> shared_memory() {
  void* const memory =
      mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return {new (memory) Told, [](Told* told) { munmap(told, sizeof(Told)); }};
}

void limit(int resource, rlim_t most) {
  const rlimit both{most, most};
  setrlimit(static_cast<__rlimit_resource>(resource), &both);
}

/// Beyond what the process has already; none where the system does not say how much that is.
void limit_memory(size_t room) {
  std::ifstream file("/proc/self/statm");
  size_t pages = 0;
  if (file >> pages) limit(RLIMIT_AS, pages * static_cast<size_t>(sysconf(_SC_PAGESIZE)) + room);
}

[[noreturn]] void read_and_exit(Told& told, size_t room, const std::function<void(Place&)>& read) {
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, kSeconds);
  limit_memory(room);
  for (const int fault : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL}) std::signal(fault, SIG_DFL);
  if (std::freopen("/dev/null", "w", stderr) == nullptr) _exit(kRead);  // HDF5's, malloc's words
  try {
    read(told.place);
  } catch (const std::bad_alloc&) {
    _exit(kNoRoom);
  } catch (const std::exception& error) {
    told.tell(error.what());
    _exit(kRefused);
  }
  _exit(kRead);
}

int status_of(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

void Place::set(std::string_view name) {
  const auto length = name.copy(name_, sizeof name_ - 1);
  name_[length] = '\0';
}

std::string Place::quoted() const { return *name_ == '\0' ? "" : "'" + std::string(name_) + "' "; }

size_t reading_room(size_t file_size) { return (size_t{256} << 20) + 100 * file_size; }

void check_by_child(const std::string& where,
                    size_t file_size,
                    const std::function<void(Place&)>& read) {
  const auto told = shared_memory();
  const auto child = fork();
  check(child >= 0, "{}: can't be checked: no new process could be started; try again", where);
  if (child == 0) read_and_exit(*told, reading_room(file_size), read);
  const int status = status_of(child);
  const auto what = told->place.quoted();
  if (WIFEXITED(status)) {
    const int code = WEXITSTATUS(status);
    if (code == kRead) return;
    if (code == kRefused) throw InputError(told->sentence);
    check(code != kNoRoom,
          "{}: {}is damaged: it asks for more memory than a file of its size can need; write it "
          "anew",
          where,
          what);
  }
  check(!WIFSIGNALED(status) || WTERMSIG(status) != SIGXCPU,
        "{}: {}is damaged: reading it takes more than {} seconds; write it anew",
        where,
        what,
        kSeconds);
  // A sanitizer ends it by itself.
  refuse("{}: {}is damaged (reading it crashes the HDF5 library); write it anew", where, what);
}

}  // namespace ww
