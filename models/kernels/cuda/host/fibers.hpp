// fibers.hpp: a CUDA thread is a fiber: its own stack, and a switch of ten instructions between
// them. Blocks run one after another in one thread of the system, so a run repeats itself exactly.
#pragma once

#include <functional>
#include <memory>

#include "models/kernels/cuda/host/block.hpp"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address))
#endif

extern "C" void ww_switch_fiber(void** from, void* to);
asm(R"(
.text
.weak ww_switch_fiber
.type ww_switch_fiber,@function
ww_switch_fiber:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp,(%rdi)
  movq %rsi,%rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size ww_switch_fiber,.-ww_switch_fiber
)");

namespace ww::kernels::cuda::host {

inline namespace fibers {

constexpr size_t kStackBytes = 256 << 10, kGuardBytes = 64;
constexpr unsigned char kGuard = 0xA5;

struct Block {
  dim3 index;
  std::vector<Thread> threads;
  std::vector<void*> stacks;  // each thread's stack pointer while another runs
  std::vector<bool> ended;
  std::vector<Exchange> warps;
  std::vector<uint4> memory;
  Barrier barrier;
  size_t running = 0, alive = 0;
  void* launcher = nullptr;
  const std::function<void()>* kernel = nullptr;
};

inline Block*& current() {
  static thread_local Block* block = nullptr;
  return block;
}
inline Thread& self() { return current()->threads[current()->running]; }
inline Exchange& exchange() { return current()->warps[self().warp()]; }
inline unsigned char* shared_memory() {
  return reinterpret_cast<unsigned char*>(current()->memory.data());
}

/// The next thread that can run takes over.
inline void switch_thread(void** from) {
  Block& block = *current();
  const size_t threads = block.threads.size();
  for (size_t step = 1; step <= threads; ++step) {
    const size_t next = (block.running + step) % threads;
    if (block.ended[next] || block.threads[next].waits != nullptr) continue;
    block.running = next;
    return ww_switch_fiber(from, block.stacks[next]);
  }
  fail_waiting(block.threads);
}

inline void wait_in(const char* name) {
  Block& block = *current();
  block.threads[block.running].waits = name;
  switch_thread(&block.stacks[block.running]);
}

inline void wait_at_barrier(unsigned line) {
  Block& block = *current();
  ++self().barriers;
  if (!block.barrier.arrive(line, block.threads.size())) return wait_in("__syncthreads");
  block.barrier.arrived = 0;
  for (auto& thread : block.threads) thread.waits = nullptr;
}

/// `work` is done once on what all 32 lanes have given, by the last to come.
template <typename Work>
void collective(const char* name, const Work& work) {
  Exchange& warp = exchange();
  if (!warp.arrive(name)) return wait_in(name);
  work(warp);
  warp.arrived = 0;
  const int first = self().warp() * kWarpLanes;
  for (int lane = 0; lane < kWarpLanes; ++lane) current()->threads[first + lane].waits = nullptr;
}

/// Where a fiber starts and ends.
inline void run_thread() {
  (*current()->kernel)();
  Block& block = *current();
  block.ended[block.running] = true;
  void* nowhere = nullptr;
  if (--block.alive == 0) ww_switch_fiber(&nowhere, block.launcher);
  switch_thread(&nowhere);
}

/// Stacks stay for the next block.
inline unsigned char* stack_of(size_t thread) {
  static thread_local std::vector<std::unique_ptr<uint4[]>> pool;
  while (pool.size() <= thread) {
    pool.emplace_back(new uint4[kStackBytes / sizeof(uint4)]);
  }
  return reinterpret_cast<unsigned char*>(pool[thread].get());
}

/// A stack from which ww_switch_fiber returns into run_thread.
inline void* fresh_stack(size_t thread) {
  constexpr int kSavedRegisters = 6;
  unsigned char* const stack = stack_of(thread);
  ASAN_UNPOISON_MEMORY_REGION(stack, kStackBytes);  // a fiber's last frames never returned
  auto** top = reinterpret_cast<void**>(stack + kStackBytes);
  *--top = nullptr;
  *--top = reinterpret_cast<void*>(&run_thread);
  for (int i = 0; i < kSavedRegisters; ++i) *--top = nullptr;
  return top;
}

/// Memory that is NaN, and after it what the block must not touch.
inline unsigned char* fresh_memory(Block& block, size_t shared_bytes) {
  block.memory.resize((shared_bytes + kGuardBytes + 15) / 16);
  auto* const bytes = reinterpret_cast<unsigned char*>(block.memory.data());
  std::memset(bytes, 0xFF, shared_bytes);
  std::memset(bytes + shared_bytes, kGuard, kGuardBytes);
  return bytes;
}

/// Calls `kernel` once for each CUDA thread of a block.
inline void run_block(dim3 index,
                      unsigned threads,
                      size_t shared_bytes,
                      const std::function<void()>& kernel) {
  Block block;
  block.index = index;
  block.kernel = &kernel;
  const auto* const bytes = fresh_memory(block, shared_bytes);
  block.warps.resize(threads / kWarpLanes);
  block.threads.resize(threads);
  block.ended.assign(threads, false);
  block.alive = threads;
  for (unsigned i = 0; i < threads; ++i) {
    block.threads[i].index = i;
    block.stacks.push_back(fresh_stack(i));
  }
  current() = &block;
  ww_switch_fiber(&block.launcher, block.stacks[0]);
  current() = nullptr;
  require_equal_barriers(block.threads);
  for (size_t i = 0; i < kGuardBytes; ++i) {
    if (bytes[shared_bytes + i] != kGuard) fail("a block wrote past its shared memory");
  }
}

inline dim3 thread_index() { return {self().index, 0, 0}; }
inline dim3 block_index() { return current()->index; }

}  // namespace fibers
}  // namespace ww::kernels::cuda::host
