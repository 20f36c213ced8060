// test_gpu_check.cpp: gpu-check where there is nothing to check.

#include "models/kernels/cuda/runtime.hpp"
#include "tests/catch.hpp"
#include "tests/program.hpp"

using namespace ww;

TEST_CASE("gpu-check says in one line that there is no GPU", "[host-cuda]") {
  if (test::run_shell("nvidia-smi -L 2>/dev/null").status == 0)
    return test::skip("there is a GPU here");
  const test::TemporaryFolder folder;
  const auto file = folder / "gpu.json";
  const auto line = test::refused_program("gpu-check -o " + file.string());
  const bool built = kernels::cuda::built();
  const auto* const reason =
      built ? "there is no CUDA device here" : "this build has no CUDA kernels";
  INFO(line);
  CHECK(line.find(reason) != std::string::npos);
  CHECK(!std::filesystem::exists(file));
}
