// block.hpp: one block of CUDA threads on the host: what its threads share, and the rules that a
// GPU leaves unchecked. Every thread passes the same barriers, all 32 lanes of a warp the same
// collectives; else the program stops with a sentence.
#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
};
struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};

namespace ww::kernels::cuda::host {

constexpr int kWarpLanes = 32;

[[noreturn]] inline void fail(const std::string& sentence) {
  std::fprintf(stderr, "host CUDA: %s\n", sentence.c_str());
  std::abort();
}

/// What the lanes of a warp hand in and take away in one collective.
struct Exchange {
  alignas(16) unsigned char given[kWarpLanes][48];
  alignas(16) unsigned char taken[kWarpLanes][16];
  int arrived = 0;
  unsigned round = 0;
  const char* name = nullptr;

  template <typename T>
  T& from(int lane) {
    static_assert(sizeof(T) <= sizeof(given[0]));
    return *reinterpret_cast<T*>(given[lane]);
  }
  template <typename T>
  T& to(int lane) {
    static_assert(sizeof(T) <= sizeof(taken[0]));
    return *reinterpret_cast<T*>(taken[lane]);
  }
  /// A lane has come for `wanted`; true for the last of the warp.
  bool arrive(const char* wanted) {
    if (arrived == 0) name = wanted;
    if (std::strcmp(name, wanted) != 0) {
      fail(std::string("lanes of one warp are in different collectives, ") + name + " and " +
           wanted);
    }
    return ++arrived == kWarpLanes;
  }
};

/// A copy that was begun and not yet waited for.
struct PendingCopy {
  void* to;
  const void* from;
  size_t bytes;  // of 16; the rest is zeros
};

struct Thread {
  unsigned index = 0;
  int barriers = 0;             // passed or waiting at
  const char* waits = nullptr;  // in what; null while it runs
  std::vector<PendingCopy> copies;

  int lane() const { return static_cast<int>(index) % kWarpLanes; }
  int warp() const { return static_cast<int>(index) / kWarpLanes; }
};

/// One __syncthreads of the source at a time.
struct Barrier {
  unsigned arrived = 0, round = 0, line = 0;

  /// A thread has come to the barrier in line `here`; true for the last of `threads`.
  bool arrive(unsigned here, unsigned threads) {
    if (arrived == 0) line = here;
    if (line != here) {
      fail("threads of one block wait at different __syncthreads, lines " + std::to_string(line) +
           " and " + std::to_string(here));
    }
    return ++arrived == threads;
  }
};

/// After a block has run: everyone has passed as many barriers.
inline void require_equal_barriers(const std::vector<Thread>& threads) {
  for (const auto& thread : threads) {
    if (thread.barriers == threads[0].barriers) continue;
    fail("thread " + std::to_string(thread.index) + " passed " + std::to_string(thread.barriers) +
         " __syncthreads, thread 0 passed " + std::to_string(threads[0].barriers));
  }
}

/// Nobody is left to come: says who waits in what.
[[noreturn]] inline void fail_waiting(const std::vector<Thread>& threads) {
  std::string sentence = "the threads of a block wait for one that never comes";
  const char* last = nullptr;
  for (const auto& thread : threads) {
    const char* const waits = thread.waits == nullptr ? "nothing, it has ended" : thread.waits;
    if (last != nullptr && std::strcmp(last, waits) == 0) continue;
    sentence += "; from thread " + std::to_string(thread.index) + " on: in " + waits;
    last = waits;
  }
  fail(sentence);
}

}  // namespace ww::kernels::cuda::host
