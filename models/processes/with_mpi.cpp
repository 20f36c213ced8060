// with_mpi.cpp: the processes that mpirun started.

#include <mpi.h>

#include <exception>
#include <limits>

#include "base/check.hpp"
#include "models/processes/communicator.hpp"
#include "models/processes/launch.hpp"

namespace ww {

namespace {

/// MPI counts in int; a missing message ends all processes by itself (MPI_ERRORS_ARE_FATAL).
int counted(int64_t bytes) {
  check(bytes <= std::numeric_limits<int>::max(),
        "{} bytes are more than MPI counts; train this model in one process",
        bytes);
  return static_cast<int>(bytes);
}

class Mpi final : public Communicator {
 public:
  Mpi() {
    MPI_Init(nullptr, nullptr);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
    MPI_Comm here = MPI_COMM_NULL;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &here);
    MPI_Comm_rank(here, &local_rank_);
    MPI_Comm_free(&here);
  }
  /// A process that fails leaves the others to end_processes(): it must not wait for them here.
  ~Mpi() override {
    if (std::uncaught_exceptions() == begun_) MPI_Finalize();
  }
  Mpi(const Mpi&) = delete;
  Mpi& operator=(const Mpi&) = delete;

  int64_t rank() const override { return rank_; }
  int64_t size() const override { return size_; }
  int64_t local_rank() const override { return local_rank_; }

  void broadcast(void* data, int64_t bytes) override {
    MPI_Bcast(data, counted(bytes), MPI_BYTE, 0, MPI_COMM_WORLD);
  }

  void gather(void* data, const std::vector<int64_t>& starts) override {
    std::vector<int> counts, offsets;
    for (size_t r = 0; r + 1 < starts.size(); ++r) {
      offsets.push_back(counted(starts[r]));
      counts.push_back(counted(starts[r + 1]) - offsets.back());
    }
    MPI_Allgatherv(MPI_IN_PLACE,
                   0,
                   MPI_DATATYPE_NULL,
                   data,
                   counts.data(),
                   offsets.data(),
                   MPI_BYTE,
                   MPI_COMM_WORLD);
  }

  bool any(bool holds) override {
    int value = holds ? 1 : 0;
    MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    return value != 0;
  }

 private:
  int rank_ = 0, size_ = 1, local_rank_ = 0, begun_ = std::uncaught_exceptions();
};

}  // namespace

std::unique_ptr<Communicator> join_processes() {
  if (launched_size() == 1) return std::make_unique<Alone>();
  return std::make_unique<Mpi>();
}

bool have_joined() {
  int begun = 0, ended = 0;
  MPI_Initialized(&begun);
  MPI_Finalized(&ended);
  return begun != 0 && ended == 0;
}

void end_processes(int status) {
  if (have_joined()) MPI_Abort(MPI_COMM_WORLD, status);
}

}  // namespace ww
