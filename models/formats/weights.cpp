#include "models/formats/weights.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <bit>

#include "base/check.hpp"

namespace ww {

int64_t TensorView::rows() const {
  const size_t leading = shape.size() == 1 ? 1 : shape.size() - std::min<size_t>(1, shape.size());
  int64_t count = 1;
  for (size_t i = 0; i < leading; ++i) count *= shape[i];
  return count;
}

int64_t TensorView::row_width() const { return shape.size() < 2 ? 1 : shape.back(); }

TensorView make_view(const std::string& name,
                     const std::string& type_name,
                     std::vector<int64_t> shape,
                     std::span<const std::byte> bytes,
                     const std::string& file) {
  TensorView view{type_name, find_stored_type(type_name), std::move(shape), bytes, file, {}};
  const auto what = fmt::format("{}: \"{}\"", file, name);
  uint64_t elements = 1;
  const auto most = static_cast<uint64_t>(bytes.size()) *
                    static_cast<uint64_t>(view.type ? view.type->elements : 8);  // at least a bit
  for (const auto size : view.shape) {
    check(size >= 0, "{} has a negative size", what);
    check(size == 0 || elements <= most / static_cast<uint64_t>(size),
          "{} is larger than the file; is it cut off?",
          what);
    elements *= static_cast<uint64_t>(size);
  }
  if (view.type == nullptr) return view;
  const auto block = static_cast<uint64_t>(view.type->elements);
  check(view.row_width() % view.type->elements == 0,
        "{} has rows of {} values, no multiple of {}'s {}",
        what,
        view.row_width(),
        type_name,
        block);
  const auto needed = elements / block * static_cast<uint64_t>(view.type->bytes);
  check(needed == bytes.size(),
        "{} has {} bytes, its shape [{}] says {}",
        what,
        bytes.size(),
        fmt::join(view.shape, ","),
        needed);
  return view;
}

/// Row by row and value by value: views that are not row-major are rare.
static void widen_strided(const TensorView& view, int64_t first, int64_t count, float* out) {
  const auto leading = view.shape.size() - (view.shape.size() > 1 ? 1 : 0);
  const auto pace = view.shape.size() > 1 ? view.stride.back() : 0;
  for (int64_t row = first; row < first + count; ++row) {
    int64_t at = 0, rest = row;
    for (size_t i = leading; i-- > 0;) {
      at += rest % view.shape[i] * view.stride[i];
      rest /= view.shape[i];
    }
    for (int64_t c = 0; c < view.row_width(); ++c) {
      view.type->widen(view.bytes.data() + (at + c * pace) * view.type->bytes, 1, out++);
    }
  }
}

void widen_rows(
    const std::string& name, const TensorView& view, int64_t first, int64_t count, float* out) {
  check(view.type != nullptr && view.type->widen != nullptr,
        "{}: \"{}\" is {}; use a file of {}",
        view.file,
        name,
        view.type_name,
        widened_types());
  if (view.stride.empty()) {
    const auto blocks = view.row_width() / view.type->elements;  // of a row
    view.type->widen(view.bytes.data() + first * blocks * view.type->bytes, count * blocks, out);
  } else {
    widen_strided(view, first, count, out);
  }
  constexpr uint32_t kExponent = 0x7f800000;  // all ones in infinities and NaNs alone
  bool finite = true;
  for (int64_t i = 0; i < count * view.row_width(); ++i) {
    finite &= (std::bit_cast<uint32_t>(out[i]) & kExponent) != kExponent;
  }
  check(finite,
        "{}: the tensor '{}' holds a value that is not finite; the file is damaged",
        view.file,
        name);
}

std::vector<float> widen(const std::string& name, const TensorView& view) {
  std::vector<float> values(static_cast<size_t>(view.rows() * view.row_width()));
  if (!values.empty()) widen_rows(name, view, 0, view.rows(), values.data());
  return values;
}

bool same_tensor(const TensorView& a, const TensorView& b) {
  return a.type_name == b.type_name && a.shape == b.shape && a.stride == b.stride &&
         std::ranges::equal(a.bytes, b.bytes);
}

}  // namespace ww
