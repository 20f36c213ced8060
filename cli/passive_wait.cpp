// passive_wait.cpp: threads that wait let others have their core. By default OpenMP's threads spin
// for milliseconds while they wait for each other: beside other busy processes a command then took
// 15 times the CPU time. Here they spin for some microseconds, as long as waking up takes, and then
// sleep. libgomp reads its environment once, as it is loaded, so the program starts itself anew
// with the right words before its libraries are initialised; what the user set stays.

#include <sys/auxv.h>
#include <unistd.h>

#include <climits>
#include <cstring>

namespace {

constexpr const char* kShortSpins = "GOMP_SPINCOUNT=1000";
constexpr size_t kMostVariables = 8192;

bool names(const char* variable, const char* name) {
  return std::strncmp(variable, name, std::strlen(name)) == 0;
}

/// Runs before any library's own start: no more than system calls and the stack may be used.
void wait_passively(int, char** arguments, char** environment) {
  if (getauxval(AT_BASE) == 0) return;  // run by the loader, which is then /proc/self/exe
  const char* variables[kMostVariables + 2];
  size_t count = 0;
  variables[count++] = kShortSpins;
  for (auto* const* variable = environment; *variable != nullptr; ++variable) {
    if (names(*variable, "OMP_WAIT_POLICY=") || names(*variable, "GOMP_SPINCOUNT=")) return;
    if (count > kMostVariables) return;
    variables[count++] = *variable;
  }
  variables[count] = nullptr;
  char program[PATH_MAX];
  const auto length = readlink("/proc/self/exe", program, sizeof program - 1);
  if (length <= 0) return;
  program[length] = '\0';
  execve(program, arguments, const_cast<char**>(variables));
  // Where that can't be done, threads spin as they did.
}

using Start = void (*)(int, char**, char**);
__attribute__((section(".preinit_array"), used)) Start first_of_all = wait_passively;

}  // namespace
