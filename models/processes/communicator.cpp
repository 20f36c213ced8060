#include "models/processes/communicator.hpp"

#include <cstdlib>
#include <numeric>

#include "models/processes/launch.hpp"

namespace ww {

namespace {

/// The first of these variables of the environment that is set, as a number.
int64_t number_in(std::initializer_list<const char*> names, int64_t otherwise) {
  for (const auto* const name : names) {
    if (const char* const value = std::getenv(name)) return std::atoll(value);
  }
  return otherwise;
}

/// Whether a launcher is there, not only variables that one left behind.
bool launcher_is_there() {
  for (const auto* const name : {"PMIX_NAMESPACE", "PMI_FD", "PMI_PORT"}) {
    if (std::getenv(name) != nullptr) return true;
  }
  return false;
}

}  // namespace

// Open MPI, MPICH and Intel MPI, in this order.
int64_t launched_rank() {
  return launcher_is_there() ? number_in({"OMPI_COMM_WORLD_RANK", "PMI_RANK"}, 0) : 0;
}
int64_t launched_size() { return number_in({"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"}, 1); }

std::string broadcast_text(Communicator& all, std::string text) {
  auto length = static_cast<int64_t>(text.size());
  all.broadcast(&length, sizeof(length));
  text.resize(static_cast<size_t>(length));
  all.broadcast(text.data(), length);
  return text;
}

int64_t sum_over(Communicator& all, int64_t own) {
  std::vector<int64_t> each(static_cast<size_t>(all.size())), starts;
  each[static_cast<size_t>(all.rank())] = own;
  for (int64_t r = 0; r <= all.size(); ++r) {
    starts.push_back(r * static_cast<int64_t>(sizeof(own)));
  }
  all.gather(each.data(), starts);
  return std::accumulate(each.begin(), each.end(), int64_t{0});
}

}  // namespace ww
