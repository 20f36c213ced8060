#include "models/encoding_gates.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>

#include "base/philox.hpp"
#include "models/decoder.hpp"

namespace ww {

namespace {

/// Standard normals [1, 1, T, D], a function of the stream's name.
at::Tensor normals(const char* stream, int64_t T, int64_t D) {
  auto x = at::empty({1, 1, T, D}, at::kDouble);
  auto* const value = x.mutable_data_ptr<double>();
  for (int64_t i = 0; i < T * D; ++i) {
    value[i] = normal_at(0, fnv32(stream), static_cast<uint64_t>(i));
  }
  return x;
}

std::unique_ptr<Encoding> one_head(const char* name, const EncodingOptions& options, int64_t D) {
  return encoding_row(name).make({1, 1, D, options},
                                 [](const std::string&) { return at::Tensor(); });
}

/// Scores [T, T] of one head's x with itself.
at::Tensor scores(const Encoding& encoding, const at::Tensor& q, const at::Tensor& k) {
  const auto turn = make_turn(at::arange(q.size(2)), encoding.theta(), at::kDouble);
  return encoding.query(q, turn).matmul(encoding.key(k, turn).mT())[0][0];
}

/// How far the score at lag 0 stands above those of every other lag, at least, over contents.
double least_lead(int64_t D) {
  constexpr int64_t kLags = 64, kContents = 20;
  const auto pope = one_head("pope", {.delta = "off"}, D);
  const auto q = normals("gate query", kContents, D), k = normals("gate key", kContents, D);
  double lead = std::numeric_limits<double>::infinity();
  for (int64_t i = 0; i < kContents; ++i) {
    const auto still = [&](const at::Tensor& x) {  // one content at every position
      return x.narrow(2, i, 1).expand({1, 1, kLags, D});
    };
    const auto last = scores(*pope, still(q), still(k))[kLags - 1];  // [T], lags 63 .. 0
    const auto others = last.narrow(0, 0, kLags - 1).max();
    lead = std::min(lead, (last[kLags - 1] - others).item<double>());
  }
  return lead;
}

/// The largest difference between rope on half the features and a loop over its pairs.
double partial_error(int64_t D) {
  constexpr int64_t T = 24;
  const EncodingOptions half{.rotary_fraction = 0.5};
  const auto q = normals("gate query", T, D), k = normals("gate key", T, D);
  const auto found = scores(*one_head("rope", half, D), q, k);
  const int64_t r = D / 2;
  double worst = 0;
  for (int64_t t = 0; t < T; ++t) {
    for (int64_t s = 0; s < T; ++s) {
      const auto* const a = q[0][0][t].const_data_ptr<double>();
      const auto* const b = k[0][0][s].const_data_ptr<double>();
      double sum = 0;
      for (int64_t c = 0; c < r / 2; ++c) {
        const double theta = std::pow(half.base, -2.0 * static_cast<double>(c) / double(r));
        const std::complex<double> zq(a[c], a[c + r / 2]), zk(b[c], b[c + r / 2]);
        sum += std::real(std::conj(zq) * zk * std::polar(1.0, static_cast<double>(s - t) * theta));
      }
      for (int64_t c = r; c < D; ++c) sum += a[c] * b[c];
      worst = std::max(worst, std::abs(sum - found[t][s].item<double>()));
    }
  }
  return worst;
}

}  // namespace

Gate same_place_gate(const Run& run) {
  const c10::NoGradGuard no_grad;
  const auto sample = sample_at(*run.task, run.evaluation_stream(Split::val), 0);
  std::vector<int64_t> tokens(sample.string.begin(), sample.string.end());
  const auto& block = sample.queries.front().tokens;
  tokens.insert(tokens.end(), block.begin(), block.end());
  const auto ids = at::tensor(tokens).unsqueeze(0);
  const Input input{ids, at::zeros_like(ids)[0], {}, {}};
  at::Tensor first;
  double worst = 0;
  for (const auto* const name : {"nope", "rope", "alibi", "t5", "pope"}) {
    auto config = run.model;
    config.encoding = name;
    config.encoding_options = {.delta = "off", .magnitude = "identity"};
    Decoder model(config, at::kDouble);
    model.parameters().initialise(1, config.width, config.layers);
    const auto logits = model.forward(input);
    if (!first.defined()) first = logits;
    worst = std::max(worst, (logits - first).abs().max().item<double>());
  }
  return {"one place",
          fmt::format("with every token at position 0, logits of five encodings differ by {:.1e}",
                      worst),
          worst < 1e-10};
}

Gate kernel_gate(const Run& run) {
  const c10::NoGradGuard no_grad;
  const auto D = run.model.head_width;
  const double lead = least_lead(D), error = D % 4 == 0 ? partial_error(D) : 0;
  return {"kernels",
          fmt::format("pope without delta scores highest at lag 0 for any content, by {:.2g} or "
                      "more; rope on half the features is {:.1e} from a loop",
                      lead,
                      error),
          lead > 0 && error < 1e-10};
}

}  // namespace ww
