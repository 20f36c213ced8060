// replay.hpp: work that is queued again and again on the same tensors, given to the device as a
// whole.
#pragma once

#include <functional>
#include <memory>

namespace ww {

/// Work that was captured.
class Replay {
 public:
  virtual ~Replay() = default;
  /// Queues all of it.
  virtual void run() = 0;
};

/// Captures what `work` queues, without doing it. Its tensors must stay where they are; what it
/// makes itself is gone when it ends.
using Capture = std::function<std::unique_ptr<Replay>(const std::function<void()>& work)>;

/// One piece of work: done as it is a few times, in which libraries set themselves up, then
/// captured and replayed.
class Repeated {
 public:
  void run(const Capture& capture, const std::function<void()>& work) {
    if (!replay_ && done_++ < kWarmUp) return work();
    if (!replay_) replay_ = capture(work);
    replay_->run();
  }

 private:
  static constexpr int kWarmUp = 3;
  int done_ = 0;
  std::unique_ptr<Replay> replay_;
};

}  // namespace ww
