// gguf_builder.hpp: GGUF containers built by hand, byte by byte.
#pragma once

#include <cstdint>
#include <string>

namespace ww::test {

/// A GGUF container built by hand.
class GgufBuilder {
 public:
  explicit GgufBuilder(uint32_t version = 3) { number(uint32_t{0x46554747}).number(version); }
  template <typename Number>
  GgufBuilder& number(Number value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  GgufBuilder& text(const std::string& value) {
    number(uint64_t{value.size()});
    bytes_ += value;
    return *this;
  }
  GgufBuilder& tensor(const std::string& name, uint64_t size, uint32_t type, uint64_t offset) {
    return text(name).number(uint32_t{1}).number(size).number(type).number(offset);
  }
  std::string with_data(size_t size) const {
    auto all = bytes_;
    all.resize((all.size() + 31) / 32 * 32 + size);
    return all;
  }

 private:
  std::string bytes_;
};

}  // namespace ww::test
