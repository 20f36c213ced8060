// words.hpp: the names of kernels' choices in the record.
#pragma once

#include "models/kernels/cuda/attention.hpp"

namespace ww {

inline const char* word_of(kernels::Kind kind) {
  if (kind == kernels::Kind::none) return "none";
  return kind == kernels::Kind::pairs ? "pairs" : "polar";
}

inline const char* word_of(kernels::Element element) {
  return element == kernels::Element::bfloat16 ? "bfloat16" : "float16";
}

}  // namespace ww
