// table.hpp: a variable of /ablation that is filled in one place at a time.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "probes/arrays.hpp"

namespace ww {

/// NaN where nothing was set.
class Table {
 public:
  Table(ProbeFile& file,
        const std::string& name,
        std::vector<std::string> dims,
        std::vector<size_t> shape)
      : array_(file.variables["ablation/" + name]) {
    size_t size = 1;
    for (const auto length : shape) size *= length;
    array_ = {std::move(dims), std::move(shape), std::vector<double>(size, kNone)};
  }
  void set(std::initializer_list<int64_t> place, double value) {
    size_t index = 0, axis = 0;
    for (const auto i : place) index = index * array_.shape[axis++] + static_cast<size_t>(i);
    array_.values[index] = value;
  }

 private:
  Array& array_;
};

}  // namespace ww
