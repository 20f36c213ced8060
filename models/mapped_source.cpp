#include "models/mapped_source.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/check.hpp"

namespace ww {

namespace {

constexpr int64_t kGrain = 1 << 16;  // values that one thread widens at least

/// Row r of a piece as a row of its tensor.
int64_t source_row(const StackPiece& piece, int64_t r) {
  return piece.group == 0 ? r : r / piece.count * piece.group + piece.offset + r % piece.count;
}

/// How many rows from r on lie behind each other in the tensor.
int64_t run_length(const StackPiece& piece, int64_t r, int64_t most) {
  return piece.group == 0 ? most : std::min(most, piece.count - r % piece.count);
}

void copy_transposed(
    const StackPiece& piece, const TensorView& view, int64_t first, int64_t count, float* out) {
  const auto values = widen(piece.tensor, view);
  const auto K = view.rows(), N = view.row_width();  // stored [in, out]
  for (int64_t r = 0; r < count; ++r) {
    for (int64_t c = 0; c < K; ++c) *out++ = values[static_cast<size_t>(c * N + first + r)];
  }
}

bool may_be_ignored(const std::string& name) {
  constexpr const char* kEnds[] = {
      "rotary_emb.inv_freq", ".attention.bias", ".attn.bias", ".masked_bias", ".attn.masked_bias"};
  return std::ranges::any_of(kEnds, [&](const char* end) { return name.ends_with(end); });
}

}  // namespace

MappedSource::MappedSource(SourceModel model,
                           const std::vector<ParameterSpec>& specs,
                           at::TensorOptions options,
                           bool allow_unused)
    : model_(std::move(model)), options_(options) {
  for (const auto& spec : specs) filled_[spec.name] = fill(spec);
  check_used(allow_unused);
}

MappedSource::Filled MappedSource::fill(const ParameterSpec& spec) const {
  const auto where = model_.paths.front().string();
  const auto stack = model_.stacks.find(spec.name);
  check(stack != model_.stacks.end(), "{}: nothing in it fills '{}'", where, spec.name);
  const bool matrix = spec.shape.size() > 1;
  Filled filled{spec.shape, {}, 0, matrix ? spec.shape.back() : 1};
  for (const auto& piece : stack->second) {
    const auto found = model_.weights.tensors.find(piece.tensor);
    check(found != model_.weights.tensors.end(),
          "{}: no tensor '{}', which fills '{}'",
          where,
          piece.tensor,
          spec.name);
    const auto& view = found->second;
    // A vector is a column of rows of one value, whatever stands in it.
    auto rows = view.rows(), width = view.row_width();
    if (piece.transposed) std::swap(rows, width);
    if (view.shape.size() == 1 && matrix) std::swap(rows, width);
    const bool whole_groups = piece.group == 0 || rows % piece.group == 0;
    check(width == filled.width && whole_groups,
          "{}: \"{}\" is [{}], the config says {} values a row for '{}' of shape [{}]",
          view.file,
          piece.tensor,
          fmt::join(view.shape, ","),
          filled.width,
          spec.name,
          fmt::join(spec.shape, ","));
    const auto count = piece.group == 0 ? rows : rows / piece.group * piece.count;
    filled.parts.push_back({&piece, &view, filled.rows, count, width});
    filled.rows += count;
  }
  check(filled.rows * filled.width == spec.size(),
        "{}: \"{}\"{} is {} rows of {}, the config says [{}] for '{}'",
        filled.parts.front().view->file,
        filled.parts.front().piece->tensor,
        filled.parts.size() > 1 ? " and what goes with it" : "",
        filled.rows,
        filled.width,
        fmt::join(spec.shape, ","),
        spec.name);
  return filled;
}

void MappedSource::check_used(bool allow_unused) const {
  std::set<std::string> used;
  for (const auto& [name, filled] : filled_) {
    for (const auto& part : filled.parts) used.insert(part.piece->tensor);
  }
  for (const auto& [name, view] : model_.weights.tensors) {
    check(allow_unused || used.contains(name) || may_be_ignored(name),
          "{}: nobody reads the tensor '{}'; the model has a part that is not supported, or use "
          "--allow-unused",
          view.file,
          name);
  }
}

void MappedSource::copy(const Filled& filled, int64_t first, int64_t count, float* out) const {
  for (const auto& part : filled.parts) {
    const auto begin = std::max(first, part.first);
    const auto end = std::min(first + count, part.first + part.count);
    if (begin >= end) continue;
    float* to = out + (begin - first) * filled.width;
    if (part.piece->transposed) {
      copy_transposed(*part.piece, *part.view, begin - part.first, end - begin, to);
    } else {
      for (int64_t row = begin - part.first; row < end - part.first;) {
        const auto run = run_length(*part.piece, row, end - part.first - row);
        const auto per_row = part.width / part.view->row_width();  // of a vector its elements
        widen_rows(part.piece->tensor,
                   *part.view,
                   source_row(*part.piece, row) * per_row,
                   run * per_row,
                   to);
        to += run * part.width;
        row += run;
      }
    }
    if (part.piece->add == 0) continue;
    std::for_each(out + (begin - first) * filled.width,
                  out + (end - first) * filled.width,
                  [&](float& value) { value += part.piece->add; });
  }
}

at::Tensor MappedSource::rows(const std::string& name, int64_t first, int64_t count) const {
  const auto& filled = filled_.at(name);
  auto values = at::empty({count, filled.width}, at::kFloat);
  auto* const out = values.mutable_data_ptr<float>();
  const auto grain = std::max<int64_t>(1, kGrain / filled.width);
  at::parallel_for(0, count, grain, [&](int64_t begin, int64_t end) {
    copy(filled, first + begin, end - begin, out + begin * filled.width);
  });
  for (const auto& part : filled.parts) release_pages(part.view->bytes);
  return values.to(options_);
}

at::Tensor MappedSource::whole(const std::string& name) const {
  const auto& filled = filled_.at(name);
  return rows(name, 0, filled.rows).view(filled.shape);
}

at::Tensor MappedSource::picked(const std::string& name, const at::Tensor& ids) const {
  const auto& filled = filled_.at(name);
  const auto host = ids.to(at::kCPU).contiguous();
  const auto* const id = host.const_data_ptr<int64_t>();
  auto values = at::empty({host.numel(), filled.width}, at::kFloat);
  auto* const out = values.mutable_data_ptr<float>();
  for (int64_t i = 0; i < host.numel(); ++i) copy(filled, id[i], 1, out + i * filled.width);
  return values.to(options_);
}

}  // namespace ww
