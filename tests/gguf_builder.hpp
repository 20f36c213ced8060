// gguf_builder.hpp: GGUF containers built by hand, byte by byte.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

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

/// A tensor of a file, in float32.
struct Written {
  std::string name;
  std::vector<int64_t> shape;
  std::vector<float> values;
};

/// [key, type, value]; of lists the type of an entry with an s: "u32s".
inline void write_pair(GgufBuilder& file, const nlohmann::json& pair) {
  const auto type = pair[1].get<std::string>();
  const bool list = type.ends_with('s');
  const auto one = list ? type.substr(0, type.size() - 1) : type;
  file.text(pair[0]);
  if (list) file.number(uint32_t{9});
  file.number(uint32_t{one == "string" ? 8U : one == "f32" ? 6U : one == "bool" ? 7U : 4U});
  if (list) file.number(uint64_t{pair[2].size()});
  const auto write = [&](const nlohmann::json& value) {
    if (one == "string") file.text(value);
    if (one == "u32") file.number(value.get<uint32_t>());
    if (one == "f32") file.number(value.get<float>());
    if (one == "bool") file.number(uint8_t{value.get<bool>()});
  };
  if (!list) return write(pair[2]);
  for (const auto& value : pair[2]) write(value);
}

/// Some of a model's tensors as a file, with its metadata.
inline std::string gguf_file(const nlohmann::json& metadata, std::span<const Written> tensors) {
  GgufBuilder file;
  file.number(uint64_t{tensors.size()}).number(uint64_t{metadata.size()});
  for (const auto& pair : metadata) write_pair(file, pair);
  uint64_t offset = 0;
  std::string data;
  for (const auto& tensor : tensors) {
    file.text(tensor.name).number(static_cast<uint32_t>(tensor.shape.size()));
    for (size_t i = tensor.shape.size(); i-- > 0;) {
      file.number(static_cast<uint64_t>(tensor.shape[i]));
    }
    file.number(uint32_t{0}).number(offset);
    data.append(reinterpret_cast<const char*>(tensor.values.data()), 4 * tensor.values.size());
    data.resize((data.size() + 31) / 32 * 32);
    offset = data.size();
  }
  return file.with_data(0) + data;
}

}  // namespace ww::test
