// ahead.hpp: things that are made in order, by a thread of their own while whoever takes them does
// something else.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>

namespace ww {

template <typename T>
class Ahead {
 public:
  /// make(first), make(first + 1), ..: at most `depth` of them wait to be taken. depth 0: the
  /// caller makes each when it takes it, and there is no thread.
  Ahead(std::function<T(int64_t)> make, int64_t first, size_t depth)
      : make_(std::move(make)), next_(first), depth_(depth) {
    if (depth > 0) maker_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
  }

  /// The next one. Throws what make() threw for it.
  T take() {
    if (depth_ == 0) return make_(next_++);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !made_.empty(); });
    auto one = std::move(made_.front());
    made_.pop_front();
    lock.unlock();
    changed_.notify_one();
    return one.get();
  }

 private:
  void work(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (changed_.wait(lock, stop, [&] { return made_.size() < depth_; }) &&
           !stop.stop_requested()) {
      lock.unlock();
      std::packaged_task<T(int64_t)> one(make_);  // its future keeps what it gives or throws
      one(next_++);
      lock.lock();
      made_.push_back(one.get_future());
      changed_.notify_one();
    }
  }

  std::function<T(int64_t)> make_;
  int64_t next_;  // of who makes
  size_t depth_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<std::future<T>> made_;
  std::jthread maker_;  // ends before what it works on
};

}  // namespace ww
