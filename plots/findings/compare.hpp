// compare.hpp: two probe files side by side: the same quantities by wavelength, over one range, and
// their differences with intervals.
//
// Where both files read the same texts, differences are jackknifed or averaged over texts in pairs;
// else their errors are independent. A quantity that cannot be compared has no difference and says
// why.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plots/findings/usage_shares.hpp"

namespace ww {

struct ComparedRow {
  std::string quantity, unit;  // "usage at wavelengths of 16 to 64 tokens", "1"
  double a = 0, b = 0;         // NaN: not in that file
  double difference = 0;       // b - a
  double low = 0, high = 0;    // its 95 % interval; NaN where none is known
  std::string note;            // why there is no difference or interval
};

struct Comparison {
  std::string a, b;  // what the files are of
  bool same_texts = false;
  int64_t length = 0;  // tokens: usage beyond it is compared; 0 unknown
  std::vector<ComparedRow> rows;
};

/// `length`: the training length to compare usage beyond; where not given the shorter of the two.
/// Throws InputError where a file holds what it cannot mean, and for a length below 1.
Comparison compare(const NamedProbe& a, const NamedProbe& b, std::optional<int64_t> length);

/// A table for a terminal.
std::string comparison_text(const Comparison& comparison);

}  // namespace ww
