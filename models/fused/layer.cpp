#include <ATen/core/Tensor.h>

#include "models/decoder.hpp"
#include "models/fused/block.hpp"

namespace ww {

LayerTensors layer_tensors(const Decoder& model, int64_t layer, const FusedPlaces& places) {
  const auto tensor = [&](const char* name) {
    return model.parameters().at(fmt::format("blocks.{}.{}.weight", layer, name));
  };
  return {tensor("attn_norm"),
          tensor("attn.qkv"),
          tensor("attn.out"),
          tensor("mlp_norm"),
          tensor("mlp.in"),
          tensor("mlp.out"),
          model.encoding(layer).learned_phase(),
          places.layer_bias[static_cast<size_t>(layer)]};
}

kernels::BlockTensors<const float> values_of(const LayerTensors& t) {
  const auto values = [](const at::Tensor& tensor) { return tensor.const_data_ptr<float>(); };
  return {values(t.attn_norm),
          values(t.qkv),
          values(t.out),
          values(t.mlp_norm),
          values(t.up),
          values(t.down),
          nullptr};
}

}  // namespace ww
