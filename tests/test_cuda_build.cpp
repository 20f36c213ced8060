// test_cuda_build.cpp: what nvcc makes of the kernels, and what there is without it.

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "models/kernels/cuda/attention.hpp"
#include "models/kernels/cuda/runtime.hpp"
#include "tests/catch.hpp"
#include "tests/program.hpp"

using namespace ww;
using namespace ww::kernels;

namespace {

int count(const std::string& text, const std::string& word) {
  int found = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++found;
  return found;
}

/// PTX of one kernel of width 64.
std::string ptx_of(const std::string& kernel, const std::string& arguments) {
  const test::TemporaryFolder folder;
  const auto unit = (folder / "unit.cu").string();
  std::ofstream(unit) << "#include \"models/kernels/cuda/" << kernel << "_launch.cuh\"\n"
                      << "using namespace ww::kernels;\n"
                      << "template __global__ void cuda::" << kernel
                      << "_kernel<Kind::polar, Element::bfloat16, 64>(" << arguments << ");\n";
  const auto root = test::source_root().string();
  const auto ran = test::run_shell(fmt::format(
      "nvcc -std=c++17 -ptx -arch=compute_80 -I{} {} -o {}.ptx 2>&1", root, unit, unit));
  INFO(ran.output);
  REQUIRE(ran.status == 0);
  std::stringstream text;
  text << std::ifstream(unit + ".ptx").rdbuf();
  return text.str();
}

constexpr const char* kSizes = "const __grid_constant__ cuda::DeviceAttention";
constexpr const char* kGradients = "const __grid_constant__ cuda::DeviceAttentionGradients";

}  // namespace

TEST_CASE("Every product of the CUDA kernels is a tensor core's", "[host-cuda]") {
  if (test::run_shell("command -v nvcc").status != 0) return test::skip("no nvcc here");
  constexpr int kWidth = 64, kTurned = 2 * kWidth, kKeys = 64, kStep = 32;
  // Tiles of 8 columns times slabs of 16 k; one ldmatrix brings B for two tiles, or one A.
  const auto forward = ptx_of("forward", kSizes);
  const int scores = kKeys / 8 * (kTurned / 16), outputs = kWidth / 8 * (kKeys / 16);
  CHECK(count(forward, "mma.sync.aligned.m16n8k16") == scores + outputs);
  CHECK(count(forward, "ldmatrix.sync") == kTurned / 16 + (scores + outputs) / 2);
  const auto backward = ptx_of("backward", fmt::format("{}, {}", kSizes, kGradients));
  const int formed = kStep / 8 * ((kTurned + kWidth) / 16);
  const int gathered = (kTurned + kWidth) / 8 * (kStep / 16);
  CHECK(count(backward, "mma.sync.aligned.m16n8k16") == formed + gathered);
  CHECK(count(backward, "ldmatrix.sync") == (kTurned + kWidth) / 16 + (formed + gathered) / 2);
}

TEST_CASE("No kernel of a head width up to 96 spills a register", "[host-cuda]") {
#ifdef WW_CUDA_OBJECTS
  std::stringstream objects(WW_CUDA_OBJECTS);
  int kernels = 0;
  for (std::string object; objects >> object;) {
    std::ifstream lines(object + ".registers");
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      ++kernels;
      if (line.find(" 128: ") != std::string::npos) continue;
      CHECK(line.find(", 0 bytes spilled") != std::string::npos);
    }
  }
  CHECK(kernels >= 2 * 3 * 2 * 4);
#else
  test::skip("this build has no CUDA kernels");
#endif
}

TEST_CASE("Without nvcc the CUDA kernels refuse with a sentence", "[host-cuda]") {
  if (cuda::built()) return test::skip("this build has CUDA kernels, not the stub");
  const auto forward = test::refusal([] { cuda::attention_forward({}, nullptr); });
  CHECK(forward.find("this build has no CUDA kernels") == 0);
  CHECK(test::refusal([] { cuda::attention_backward({}, {}, nullptr); }) == forward);
  CHECK(test::refusal([] { cuda::device_words(); }) == forward);
}

TEST_CASE("The build can leave CUDA out", "[host-cuda]") {
  const test::TemporaryFolder folder;
  const auto ran = test::run_shell(fmt::format("cmake -S {} -B {} -G Ninja -DWW_CUDA=OFF 2>&1",
                                               test::source_root().string(),
                                               folder.path().string()));
  INFO(ran.output);
  CHECK(ran.status == 0);
  CHECK(ran.output.find("CUDA kernels: none, a stub refuses them") != std::string::npos);
  CHECK(ran.output.find("NCCL: none, a stub refuses") != std::string::npos);
}
