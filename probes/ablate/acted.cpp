#include "probes/ablate/acted.hpp"

#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

namespace ww {

Chunks acted_on(Chunks chunks) {
  if (chunks.real.size(-1) > 0) return chunks;
  return {chunks.tail, at::zeros_like(chunks.tail), {}};
}

at::Tensor acted_theta(const Decoder& model, int64_t layer) {
  auto theta = model.encoding(layer).theta();
  return theta.numel() > 0 ? theta : at::zeros({model.config().head_width}, at::kDouble);
}

}  // namespace ww
