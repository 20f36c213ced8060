// threads.hpp: a CUDA thread is a thread of the system, so that ThreadSanitizer sees what threads
// of a block do without a barrier between them, and AddressSanitizer every read. Blocks run one
// after another. Counts are relaxed atomics and each warp has its own mutex: whatever orders memory
// here orders it on a GPU too, but that a collective orders its lanes' memory.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "models/kernels/cuda/host/block.hpp"

namespace ww::kernels::cuda::host {

inline namespace threads {

struct Gate {
  std::mutex mutex;
  std::condition_variable opened;
};

struct Block {
  dim3 index;
  std::vector<Thread> threads;
  std::vector<Exchange> warps;
  std::unique_ptr<Gate[]> gates;  // one a warp
  Gate barrier_gate;
  Barrier barrier;
  std::unique_ptr<uint4[]> memory;
  std::atomic<uint64_t> awake{0};  // low half: threads that run; high half: threads that ended
};

struct Place {
  Block* block = nullptr;
  Thread* thread = nullptr;
};
inline Place& place() {
  static thread_local Place here;
  return here;
}
inline Thread& self() { return *place().thread; }
inline Exchange& exchange() { return place().block->warps[self().warp()]; }
inline unsigned char* shared_memory() {
  return reinterpret_cast<unsigned char*>(place().block->memory.get());
}

/// One thread fewer runs; `ended` of them for good.
inline void fall_asleep(Block& block, uint64_t ended) {
  const uint64_t change = (ended << 32) - 1;
  const uint64_t now = block.awake.fetch_add(change, std::memory_order_relaxed) + change;
  const bool nobody = (now & 0xFFFFFFFF) == 0, all_ended = (now >> 32) == block.threads.size();
  if (nobody && !all_ended) fail_waiting(block.threads);
}

/// Holds the caller at a gate until the last has come, who does `work` and wakes the `others`.
template <typename Work>
void meet(std::unique_lock<std::mutex>& lock,
          Gate& gate,
          bool last,
          unsigned& round,
          uint64_t others,
          const char* name,
          const Work& work) {
  Block& block = *place().block;
  if (last) {
    work();
    ++round;
    block.awake.fetch_add(others, std::memory_order_relaxed);
    gate.opened.notify_all();
    return;
  }
  const unsigned before = round;
  self().waits = name;
  fall_asleep(block, 0);
  gate.opened.wait(lock, [&] { return round != before; });
  self().waits = nullptr;
}

inline void wait_at_barrier(unsigned line) {
  Block& block = *place().block;
  ++self().barriers;
  std::unique_lock lock(block.barrier_gate.mutex);
  auto& barrier = block.barrier;
  const bool last = barrier.arrive(line, block.threads.size());
  meet(lock,
       block.barrier_gate,
       last,
       barrier.round,
       block.threads.size() - 1,
       "__syncthreads",
       [&] { barrier.arrived = 0; });
}

/// `work` is done once on what all 32 lanes have given, by the last to come.
template <typename Work>
void collective(const char* name, const Work& work) {
  Exchange& warp = exchange();
  Gate& gate = place().block->gates[self().warp()];
  std::unique_lock lock(gate.mutex);
  const bool last = warp.arrive(name);
  meet(lock, gate, last, warp.round, kWarpLanes - 1, name, [&] {
    work(warp);
    warp.arrived = 0;
  });
}

/// Calls `kernel` once for each CUDA thread of a block.
inline void run_block(dim3 index,
                      unsigned threads,
                      size_t shared_bytes,
                      const std::function<void()>& kernel) {
  Block block;
  block.index = index;
  const size_t chunks = (shared_bytes + 15) / 16;
  block.memory.reset(new uint4[chunks]);
  std::memset(static_cast<void*>(block.memory.get()), 0xFF, chunks * 16);
  block.warps.resize(threads / kWarpLanes);
  block.gates.reset(new Gate[threads / kWarpLanes]);
  block.threads.resize(threads);
  block.awake = threads;
  std::vector<std::thread> running;
  for (unsigned i = 0; i < threads; ++i) {
    block.threads[i].index = i;
    running.emplace_back([&block, &kernel, i] {
      place() = {&block, &block.threads[i]};
      kernel();
      fall_asleep(block, 1);
    });
  }
  for (auto& thread : running) thread.join();
  require_equal_barriers(block.threads);
}

inline dim3 thread_index() { return {self().index, 0, 0}; }
inline dim3 block_index() { return place().block->index; }

}  // namespace threads
}  // namespace ww::kernels::cuda::host
