// team.hpp: threads that stand for the processes of a run.
#pragma once

#include <atomic>
#include <barrier>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#include "models/processes/communicator.hpp"

namespace ww::test {

/// What the threads of one team share.
struct Team {
  explicit Team(int64_t size) : barrier(size) {}
  std::barrier<> barrier;
  std::byte* data = nullptr;  // where rank 0 shows what it has
  std::atomic<bool> holds = false;
};

class Member final : public Communicator {
 public:
  Member(Team& team, int64_t rank, int64_t size) : team_(team), rank_(rank), size_(size) {}
  int64_t rank() const override { return rank_; }
  int64_t size() const override { return size_; }
  int64_t local_rank() const override { return rank_; }

  void broadcast(void* data, int64_t bytes) override {
    gather(data, std::vector<int64_t>(1, 0), bytes);
  }
  void gather(void* data, const std::vector<int64_t>& starts) override {
    gather(data, starts, starts.back());
  }
  bool any(bool holds) override {
    team_.barrier.arrive_and_wait();
    team_.holds = false;
    team_.barrier.arrive_and_wait();
    if (holds) team_.holds = true;
    team_.barrier.arrive_and_wait();
    return team_.holds;
  }

 private:
  /// All write their parts into rank 0's memory, then copy the whole.
  void gather(void* data, const std::vector<int64_t>& starts, int64_t bytes) {
    if (leads()) team_.data = static_cast<std::byte*>(data);
    team_.barrier.arrive_and_wait();
    const auto r = static_cast<size_t>(rank_);
    if (!leads() && starts.size() > 1) {
      std::memcpy(team_.data + starts[r],
                  static_cast<std::byte*>(data) + starts[r],
                  static_cast<size_t>(starts[r + 1] - starts[r]));
    }
    team_.barrier.arrive_and_wait();
    if (!leads()) std::memcpy(data, team_.data, static_cast<size_t>(bytes));
    team_.barrier.arrive_and_wait();
  }

  Team& team_;
  int64_t rank_, size_;
};

/// Runs `work` on so many threads that stand for processes.
inline void in_team(int64_t size, const std::function<void(Communicator&)>& work) {
  Team team(size);
  std::vector<std::jthread> threads;
  for (int64_t r = 0; r < size; ++r) {
    threads.emplace_back([&, r] {
      Member member(team, r, size);
      work(member);
    });
  }
}

}  // namespace ww::test
