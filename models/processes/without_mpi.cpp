// without_mpi.cpp: stands for with_mpi.cpp where MPI was not found.

#include "base/check.hpp"
#include "models/processes/communicator.hpp"
#include "models/processes/launch.hpp"

namespace ww {

std::unique_ptr<Communicator> join_processes() {
  check(launched_size() == 1,
        "{} processes were launched but this whatwhere was built without MPI; install "
        "libopenmpi-dev, configure and build again",
        launched_size());
  return std::make_unique<Alone>();
}

bool have_joined() { return false; }

void end_processes(int) {}

}  // namespace ww
