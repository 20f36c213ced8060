// reference.hpp: what a text's queries and keys would be on average, from the other texts alone.
#pragma once

#include <ATen/core/Tensor.h>

#include "probes/statistics.hpp"

namespace ww {

/// Of one layer, of freely paired queries and keys; key heads are spread over query heads.
struct Reference {
  at::Tensor query_mean, key_mean;  // [H, F], complex: E z
  at::Tensor query_size, key_size;  // [H, F]: E |z|
  at::Tensor product;               // [H, F], complex: E g = conj(E zq) E zk

  /// The columns of some chunks.
  Reference of(const at::Tensor& chunks) const;
};

/// References of every text and layer, as totals less what the text itself adds. Of what
/// interventions act on: features x + 0i where an encoding has no frequencies.
class References {
 public:
  /// There must be two texts.
  explicit References(const Statistics& statistics);
  /// Tokens pooled over every text but this one.
  Reference without(int64_t layer, int64_t text) const;

 private:
  struct Sums {
    double tokens = 0;
    at::Tensor mean;  // [G, F], complex: sum of z
    at::Tensor size;  // [G, F]: sum of |z|
  };
  static Sums sums_of(const UsageSums& text);
  static Sums pooled(const std::vector<UsageSums>& texts);
  static Sums less(const Sums& all, const Sums& part);

  const Statistics& statistics_;
  std::vector<Sums> query_, key_;  // a layer each
};

}  // namespace ww
