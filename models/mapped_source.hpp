// mapped_source.hpp: the tensors of a public checkpoint, widened from its mapped files on demand.
#pragma once

#include <map>
#include <vector>

#include "models/formats/weights.hpp"
#include "models/parameters.hpp"
#include "models/tensor_source.hpp"

namespace ww {

class MappedSource final : public TensorSource {
 public:
  /// Throws InputError, naming file and tensor, where a parameter has no tensor or one of another
  /// shape, or a tensor is left that nobody reads (unless `allow_unused`).
  MappedSource(SourceModel model,
               const std::vector<ParameterSpec>& specs,
               at::TensorOptions options,
               bool allow_unused);

  at::Tensor whole(const std::string& name) const override;
  at::Tensor rows(const std::string& name, int64_t first, int64_t count) const override;
  at::Tensor picked(const std::string& name, const at::Tensor& ids) const override;

  const SourceModel& model() const { return model_; }

 private:
  /// A piece with its tensor found: rows first .. first + count - 1 of the parameter.
  struct Part {
    const StackPiece* piece;
    const TensorView* view;
    int64_t first, count, width;
  };
  struct Filled {
    std::vector<int64_t> shape;
    std::vector<Part> parts;
    int64_t rows = 0, width = 0;
  };

  Filled fill(const ParameterSpec& spec) const;
  void check_used(bool allow_unused) const;
  void copy(const Filled& filled, int64_t first, int64_t count, float* out) const;

  SourceModel model_;
  at::TensorOptions options_;
  std::map<std::string, Filled> filled_;
};

}  // namespace ww
