// test_host_faults.cpp: the checks of the host layer catch what they are for. Each fault is planted
// in a copy of the kernels, built, and must be found, by sanitizers too.

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "tests/catch.hpp"
#include "tests/program.hpp"

using namespace ww;

namespace {

namespace fs = std::filesystem;

struct Fault {
  const char* name;
  const char* file;  // of models/kernels/cuda
  const char *right, *wrong;
  const char* flags;
  const char* finding;  // what the program says
};

constexpr const char* kThreadSanitizer = "-fsanitize=thread";
constexpr const char* kAddressSanitizer = "-DWW_HOST_THREADS -fsanitize=address,undefined";

const Fault kFaults[] = {
    {"deleted barrier, fibers",
     "forward.cuh",
     "  __syncthreads();\n  clear(s);",
     "  clear(s);",
     "",
     "output is off"},
    {"deleted barrier, threads",
     "forward.cuh",
     "  __syncthreads();\n  clear(s);",
     "  clear(s);",
     kThreadSanitizer,
     "data race"},
    {"read past the end",
     "turning.cuh",
     "first + r < side.count",
     "first + r <= side.count",
     kAddressSanitizer,
     "heap-buffer-overflow"},
    {"skipped barrier",
     "forward.cuh",
     "  __syncthreads();\n  copy_rows",
     "  if (warp() != 1) __syncthreads();\n  copy_rows",
     "",
     "different __syncthreads"},
    {"missing lane",
     "forward.cuh",
     "  x += shuffle_xor(x, 1);",
     "  if (lane() != 7) x += shuffle_xor(x, 1);",
     "",
     "for one that never comes"},
    {"wrong sign in delta's gradient",
     "turning_back.cuh",
     "(c.x * ds.x - s.x * dc.x)",
     "(c.x * ds.x + s.x * dc.x)",
     "",
     "d_delta is off"},
};

std::string text_of(const fs::path& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

/// A copy of the kernels with the fault in place; none is planted where `fault` is null.
void copy_kernels(const fs::path& to, const Fault* fault) {
  const fs::path kernels = "models/kernels";
  fs::remove_all(to);
  fs::create_directories(to / kernels);
  fs::copy(test::source_root() / kernels, to / kernels, fs::copy_options::recursive);
  if (fault == nullptr) return;
  const auto file = to / kernels / "cuda" / fault->file;
  auto text = text_of(file);
  const auto place = text.find(fault->right);
  INFO(fault->name << ": " << fault->file << " has no '" << fault->right << "'");
  REQUIRE(place != std::string::npos);
  REQUIRE(text.find(fault->right, place + 1) == std::string::npos);
  std::ofstream(file) << text.replace(place, std::string(fault->right).size(), fault->wrong);
}

constexpr const char* kCompiler = "g++ -std=c++20";

/// Why programs with these flags can't be built and run here; empty where they can.
std::string obstacle(const fs::path& folder, const std::string& flags) {
  if (test::run_shell("command -v g++").status != 0) return "no g++ here to build planted faults";
  std::ofstream(folder / "empty.cpp") << "int main() {}\n";
  const auto program = (folder / "empty").string();
  const auto ran = test::run_shell(
      fmt::format("({0} {1} {2}.cpp -o {2} -pthread && {2}) 2>&1", kCompiler, flags, program));
  return ran.status == 0 ? "" : fmt::format("g++ {} makes no program that runs here", flags);
}

/// The parts without a fault, built once: inputs and reference.
std::string build_check(const fs::path& folder) {
  std::string objects;
  for (const auto* const part : {"problem", "reference", "battery"}) {
    const auto object = (folder / part).string() + ".o";
    const auto root = test::source_root().string();
    const auto command = fmt::format(
        "{0} -I{1} -c {1}/models/kernels/cuda/check/{2}.cpp -o {3}", kCompiler, root, part, object);
    REQUIRE(test::run_shell(command).status == 0);
    objects += " " + object;
  }
  return objects;
}

test::Ran run_with(const fs::path& folder, const std::string& objects, const char* flags) {
  const auto program = (folder / "program").string();
  const auto command = fmt::format("{} {} -I{} {}/tests/host_fault.cpp {} -o {} -pthread",
                                   kCompiler,
                                   flags,
                                   folder.string(),
                                   test::source_root().string(),
                                   objects,
                                   program);
  REQUIRE(test::run_shell(command).status == 0);
  return test::run_shell(fmt::format("exec 2>&1; ulimit -c 0; {}", program));
}

}  // namespace

TEST_CASE("Faults planted in the kernels are found, and nothing without them", "[host-cuda]") {
  const test::TemporaryFolder folder;
  const auto reason = obstacle(folder.path(), "");
  if (!reason.empty()) return test::skip(reason);
  const auto objects = build_check(folder.path());
  for (const auto* const flags : {"", kThreadSanitizer, kAddressSanitizer}) {
    const auto missing = obstacle(folder.path(), flags);
    if (!missing.empty()) {
      test::skip(missing);
      continue;
    }
    const auto clean = folder / "clean";
    copy_kernels(clean, nullptr);
    const auto right = run_with(clean, objects, flags);
    INFO(flags << right.output);
    CHECK(right.status == 0);
    CHECK(right.output.empty());
    for (const auto& fault : kFaults) {
      if (std::string(fault.flags) != flags) continue;
      const auto patched = folder / "patched";
      copy_kernels(patched, &fault);
      const auto wrong = run_with(patched, objects, flags);
      INFO(fault.name << ": " << wrong.output);
      CHECK(wrong.status != 0);
      CHECK(wrong.output.find(fault.finding) != std::string::npos);
    }
  }
}
