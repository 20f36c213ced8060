// tensor_source.hpp: where the decoder of a checkpoint gets its tensors from: mapped as they are
// stored, widened when a layer needs them.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace ww {

class TensorSource {
 public:
  virtual ~TensorSource() = default;
  /// A whole tensor by our name. Throws InputError for values that are not finite.
  virtual at::Tensor whole(const std::string& name) const = 0;
  /// Rows first .. first + count - 1 of a matrix.
  virtual at::Tensor rows(const std::string& name, int64_t first, int64_t count) const = 0;
  /// The rows of a matrix that ids [N], int64, name.
  virtual at::Tensor picked(const std::string& name, const at::Tensor& ids) const = 0;
};

}  // namespace ww
