#include "models/processes/shared_sum.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <utility>

namespace ww {

namespace {

class SumInOrder final : public SharedSum {
 public:
  SumInOrder(Communicator& all, const Share& share, std::vector<at::Tensor> parts)
      : all_(all), share_(share), parts_(std::move(parts)) {
    for (const auto& part : parts_) {
      auto shape = part.sizes().vec();
      shape.insert(shape.begin(), share.cohorts);
      rows_.push_back(at::zeros(shape, part.options()));
    }
  }

  void end_cohort() override {
    const c10::NoGradGuard no_grad;
    for (size_t p = 0; p < parts_.size(); ++p) {
      rows_[p][share_.first + done_].copy_(parts_[p]);
      parts_[p].zero_();
    }
    ++done_;
  }

  void end_step() override {
    const c10::NoGradGuard no_grad;
    for (size_t p = 0; p < parts_.size(); ++p) {
      gather(rows_[p]);
      for (int64_t row = 0; row < share_.cohorts; ++row) parts_[p].add_(rows_[p][row]);
    }
    done_ = 0;
  }

 private:
  void gather(const at::Tensor& rows) {
    const auto bytes = static_cast<int64_t>(rows.nbytes()) / all_.size();  // all have as many rows
    std::vector<int64_t> starts;
    for (int64_t r = 0; r <= all_.size(); ++r) starts.push_back(r * bytes);
    all_.gather(rows.mutable_data_ptr(), starts);
  }

  Communicator& all_;
  Share share_;
  int64_t done_ = 0;                      // cohorts of this process in this step
  std::vector<at::Tensor> parts_, rows_;  // rows: a part of each cohort of a step
};

}  // namespace

std::unique_ptr<SharedSum> sum_in_order(Communicator& all,
                                        const Share& share,
                                        std::vector<at::Tensor> parts) {
  return std::make_unique<SumInOrder>(all, share, std::move(parts));
}

}  // namespace ww
