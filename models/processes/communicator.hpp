// communicator.hpp: the processes of one training run. Each holds the whole model and the same
// numbers; of a step's gradient each computes its share and all get all of it, so that whatever
// follows is the same everywhere and only rank 0 need write (see share.hpp).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace ww {

/// Every process calls the same functions in the same order.
class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual int64_t rank() const = 0;
  virtual int64_t size() const = 0;
  /// The rank among those of this computer: which of its GPUs is this process's.
  virtual int64_t local_rank() const = 0;
  /// Rank 0's bytes to all.
  virtual void broadcast(void* data, int64_t bytes) = 0;
  /// Bytes starts[r] .. starts[r + 1] - 1 of `data` are rank r's; afterwards all have all.
  /// `starts` has size() + 1 entries.
  virtual void gather(void* data, const std::vector<int64_t>& starts) = 0;
  /// True for all where it is true for one.
  virtual bool any(bool holds) = 0;

  bool leads() const { return rank() == 0; }
};

/// A run of one process.
class Alone final : public Communicator {
 public:
  int64_t rank() const override { return 0; }
  int64_t size() const override { return 1; }
  int64_t local_rank() const override { return 0; }
  void broadcast(void*, int64_t) override {}
  void gather(void*, const std::vector<int64_t>&) override {}
  bool any(bool holds) override { return holds; }
};

/// Rank 0's text to all.
std::string broadcast_text(Communicator& all, std::string text);

/// The sum of what each process has, for all.
int64_t sum_over(Communicator& all, int64_t own);

/// The rank that a launcher gave this process; 0 where it was started alone.
int64_t launched_rank();

/// Joins the other processes of `mpirun`, or Alone where there are none. The result must outlive
/// what uses it and end on every rank. Throws InputError where several were launched of a program
/// that was built without MPI.
std::unique_ptr<Communicator> join_processes();

/// Whether this process has joined others.
bool have_joined();

/// Ends the processes that have joined with this status; does nothing alone.
void end_processes(int status);

}  // namespace ww
