#include "models/device.hpp"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/record_function.h>
#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <future>
#include <system_error>
#include <thread>
#include <vector>

#include "base/check.hpp"
#include "base/cores.hpp"

namespace ww {

at::Device choose_device(const std::string& name, int64_t index) {
  check(name == "auto" || name == "cpu" || name == "cuda",
        "unknown device '{}'; there are: auto, cpu, cuda",
        name);
  if (name == "cpu") return at::kCPU;
  const bool present = at::hasCUDA();
  check(present || name == "auto",
        "--device cuda: there is no CUDA device here, or this LibTorch has no CUDA; use --device "
        "cpu");
  if (!present) return at::kCPU;
  const auto count = static_cast<int64_t>(at::getNumGPUs());
  check(index < count,
        "process {} of this computer needs a GPU of its own, but {} can be seen; start as many "
        "processes as there are GPUs, or use --device cpu",
        index,
        count);
  return {at::kCUDA, static_cast<at::DeviceIndex>(index)};
}

at::Tensor send(const at::Tensor& x, const at::TensorOptions& to) {
  RECORD_USER_SCOPE("ww::send");
  const bool leaves_host = x.device().is_cpu() && to.device().is_cuda();
  if (!leaves_host) return x.to(to);
  const auto typed = to.has_dtype() ? x.to(c10::typeMetaToScalarType(to.dtype())) : x;
  return typed.pin_memory().to(to.device(), /*non_blocking=*/true);
}

at::ScalarType type_of(const std::string& dtype) {
  check(
      dtype == "float32" || dtype == "bf16", "--dtype must be float32 or bf16 but got '{}'", dtype);
  return dtype == "bf16" ? at::kBFloat16 : at::kFloat;
}

namespace {

/// How many threads of `wanted` beside this one the system starts, all at once.
int64_t threads_to_be_had(int64_t wanted) {
  std::promise<void> all_started;
  const auto go = all_started.get_future().share();
  std::vector<std::thread> started;
  try {
    while (std::ssize(started) < wanted) started.emplace_back([go] { go.wait(); });
  } catch (const std::system_error&) {  // a limit on processes, as containers set it
  }
  all_started.set_value();
  for (auto& thread : started) thread.join();
  return std::ssize(started);
}

}  // namespace

void make_deterministic(int64_t threads) {
  const auto cores = usable_cores();
  const auto most = std::max<int64_t>(16 * cores, 64);
  check(threads > 0 && threads <= most,
        "--threads must be from 1 to {} on {} cores but got {}",
        most,
        cores,
        threads);
  // LibTorch's pool would wait for ever for threads that cannot be had.
  const auto others = threads_to_be_had(threads - 1);
  check(others == threads - 1,
        "--threads {}: the system starts only {} here (a limit on processes, see ulimit -u); give "
        "--threads {}",
        threads,
        others + 1,
        others + 1);
  setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
  at::set_num_threads(static_cast<int>(threads));
  auto& context = at::globalContext();
  context.setDeterministicAlgorithms(true, false);
  context.setDeterministicFillUninitializedMemory(false);
  context.setDeterministicCuDNN(true);
  context.setBenchmarkCuDNN(false);
  context.setAllowTF32CuBLAS(false);
  context.setAllowTF32CuDNN(false);
}

void keep_freed_memory() {
#ifdef __GLIBC__
  constexpr int kLargest = 32 << 20;  // bytes; the most that glibc takes
  mallopt(M_MMAP_THRESHOLD, kLargest);
  mallopt(M_TRIM_THRESHOLD, 16 * kLargest);
#endif
}

std::string machine_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const auto colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

}  // namespace ww
