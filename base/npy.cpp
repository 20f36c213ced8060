#include "base/npy.hpp"

#include <fmt/format.h>

namespace ww {

std::string npy_header(const std::string& type, const std::vector<int64_t>& shape) {
  constexpr size_t kPrefix = 10, kAlignment = 64;
  std::string sizes;
  for (const int64_t size : shape) sizes += fmt::format("{}, ", size);
  auto text =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type, sizes);
  text.append(kAlignment - 1 - (kPrefix + text.size()) % kAlignment, ' ');
  text += '\n';
  std::string header = "\x93NUMPY";
  header += '\x01';
  header += '\x00';
  header += static_cast<char>(text.size() & 0xFF);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

}  // namespace ww
