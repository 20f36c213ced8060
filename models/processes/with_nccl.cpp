// with_nccl.cpp: the one unit that sees NCCL: LibTorch's own, so that a process never holds two.

#include <fmt/format.h>
#include <nccl.h>

#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <utility>

#include "models/device_stream.hpp"
#include "models/processes/shared_sum.hpp"

namespace ww {

namespace {

// The order of additions follows from these two and the number of GPUs; left alone, NCCL chooses by
// what it measures.
constexpr std::pair<const char*, const char*> kSettings[] = {{"NCCL_ALGO", "Ring"},
                                                             {"NCCL_PROTO", "Simple"}};

void must(const char* call, ncclResult_t result) {
  if (result == ncclSuccess) return;
  throw std::runtime_error(fmt::format(
      "{} failed: {}: {}", call, ncclGetErrorString(result), ncclGetLastError(nullptr)));
}

ncclDataType_t number_type(const at::Tensor& x) {
  if (x.scalar_type() == at::kFloat) return ncclFloat32;
  if (x.scalar_type() == at::kDouble) return ncclFloat64;
  throw std::logic_error("NCCL is to sum what is neither float32 nor float64");
}

class NcclSum final : public SharedSum {
 public:
  NcclSum(Communicator& all, std::vector<at::Tensor> parts) : parts_(std::move(parts)) {
    for (const auto& [name, value] : kSettings) setenv(name, value, 0);
    ncclUniqueId id{};
    if (all.leads()) must("ncclGetUniqueId", ncclGetUniqueId(&id));
    all.broadcast(&id, sizeof(id));
    must("ncclCommInitRank",
         ncclCommInitRank(&group_, static_cast<int>(all.size()), id, static_cast<int>(all.rank())));
  }
  /// A process that fails must not wait here for the others: end_processes() ends them.
  ~NcclSum() override {
    if (std::uncaught_exceptions() == begun_) ncclCommDestroy(group_);
  }
  NcclSum(const NcclSum&) = delete;
  NcclSum& operator=(const NcclSum&) = delete;

  void end_step() override {
    must("ncclGroupStart", ncclGroupStart());  // one launch for all parts
    for (const auto& part : parts_) {
      auto* const data = part.mutable_data_ptr();
      must("ncclAllReduce",
           ncclAllReduce(data,
                         data,
                         static_cast<size_t>(part.numel()),
                         number_type(part),
                         ncclSum,
                         group_,
                         stream_of(part.device())));
    }
    must("ncclGroupEnd", ncclGroupEnd());
  }

 private:
  std::vector<at::Tensor> parts_;
  ncclComm_t group_ = nullptr;
  int begun_ = std::uncaught_exceptions();
};

}  // namespace

bool nccl_built() { return true; }

std::unique_ptr<SharedSum> sum_by_nccl(Communicator& all, std::vector<at::Tensor> parts) {
  return std::make_unique<NcclSum>(all, std::move(parts));
}

std::string nccl_words() {
  int version = 0;
  must("ncclGetVersion", ncclGetVersion(&version));
  auto words = fmt::format("nccl {}.{}.{}", version / 10000, version / 100 % 100, version % 100);
  for (const auto& [name, value] : kSettings) {
    const char* const set = std::getenv(name);
    words += fmt::format(", {}={}", name, set != nullptr ? set : value);
  }
  return words;
}

}  // namespace ww
