// node.hpp: an attention kernel's call as a node of autograd's graph.
#pragma once

#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/functions/utils.h>

#include <memory>

#include "models/attention.hpp"

namespace ww {

/// Runs the node forward; its gradients go to queries, keys, values and `phase` (or undefined).
template <typename Node>
at::Tensor run_node(Node* made, const AttentionInput& input, const at::Tensor& phase) {
  namespace autograd = torch::autograd;
  const std::shared_ptr<Node> node(made, autograd::deleteNode);
  at::Tensor output;
  {
    const c10::NoGradGuard no_grad;
    output = node->forward();
  }
  if (autograd::compute_requires_grad(input.q, input.k, input.v, phase)) {
    node->set_next_edges(autograd::collect_next_edges(input.q, input.k, input.v, phase));
    autograd::set_history(output, node);
  }
  return output;
}

}  // namespace ww
