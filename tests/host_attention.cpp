#include "tests/host_attention.hpp"

#include "base/check.hpp"

namespace ww::kernels::cuda {
inline namespace on_host {

template <Kind kind>
void forward_of(const DeviceAttention& a, DeviceStream stream);
template <Kind kind>
void backward_of(const DeviceAttention& a, const DeviceAttentionGradients& g, DeviceStream stream);

}  // namespace on_host
}  // namespace ww::kernels::cuda

namespace ww::test {

using namespace kernels;
using namespace kernels::cuda;

void host_forward(const DeviceAttention& a) {
  check_attention(a);
  if (a.kind == Kind::none) return forward_of<Kind::none>(a, nullptr);
  if (a.kind == Kind::pairs) return forward_of<Kind::pairs>(a, nullptr);
  forward_of<Kind::polar>(a, nullptr);
}

void host_backward(const DeviceAttention& a, const DeviceAttentionGradients& g) {
  check_attention(a);
  check_gradients(a, g);
  if (a.kind == Kind::none) return backward_of<Kind::none>(a, g, nullptr);
  if (a.kind == Kind::pairs) return backward_of<Kind::pairs>(a, g, nullptr);
  backward_of<Kind::polar>(a, g, nullptr);
}

void solve(AttentionProblem& problem) {
  host_forward(problem.args);
  host_backward(problem.args, problem.gradients);
}

}  // namespace ww::test
