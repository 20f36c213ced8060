// tokenizer_files.hpp: the recorded tokenizers, and files made from them.
#pragma once

#include <fmt/format.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "base/philox.hpp"
#include "models/text/tokenizer.hpp"
#include "tests/catch.hpp"

namespace ww::test {

/// tests/golden/tokenizers, where make.py says how the files came to be.
inline std::filesystem::path recorded(const std::string& name) {
  return source_root() / "tests" / "golden" / "tokenizers" / name;
}

inline nlohmann::json recorded_json(const std::string& name) {
  return nlohmann::json::parse(read_file(recorded(name)));
}

inline std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::istringstream stream(read_file(path));
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The texts that every tokenizer was asked.
inline std::vector<std::string> nasty_lines() {
  std::vector<std::string> texts;
  for (const auto& line : lines_of(recorded("nasty.jsonl"))) {
    texts.push_back(nlohmann::json::parse(line).get<std::string>());
  }
  return texts;
}

/// Requires the recorded ids of each nasty line: their hash and, where they are spelled,
/// themselves.
inline void require_recorded(const Tokenizer& tokenizer, const std::string& name) {
  const auto texts = nasty_lines();
  const auto rows = lines_of(recorded(name + ".ids"));
  REQUIRE(texts.size() == 2400);
  REQUIRE(rows.size() == texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    INFO(name << ", line " << i + 1 << " of nasty.jsonl: " << texts[i]);
    const auto ids = tokenizer.encode(texts[i]);
    auto row = fmt::format("{:016x}", fnv64(ids));
    if (i < 40) {
      for (const auto id : ids) row += fmt::format(" {}", id);
    }
    REQUIRE(row == rows[i]);
  }
}

/// A GGUF file of metadata alone: numbers, booleans, texts and lists of texts or numbers.
class GgufMetadata {
 public:
  GgufMetadata& pair(const std::string& key, const nlohmann::json& value) {
    ++pairs_;
    text(key);
    if (value.is_array()) {
      const uint32_t element = value.empty() ? 8 : type_of(value[0]);
      number(uint32_t{9}).number(element).number(uint64_t{value.size()});
      for (const auto& item : value) scalar(item);
    } else {
      number(type_of(value));
      scalar(value);
    }
    return *this;
  }
  void write(const std::filesystem::path& path) const {
    GgufMetadata head;
    head.number(uint32_t{0x46554747}).number(uint32_t{3}).number(uint64_t{0}).number(pairs_);
    auto bytes = head.bytes_ + bytes_;
    bytes.resize((bytes.size() + 31) / 32 * 32);
    write_file(path, bytes);
  }

 private:
  static uint32_t type_of(const nlohmann::json& value) {
    if (value.is_string()) return 8;
    if (value.is_boolean()) return 7;
    return value.is_number_float() ? 6 : 5;  // f32, i32
  }
  void scalar(const nlohmann::json& value) {
    if (value.is_string()) {
      text(value.get<std::string>());
    } else if (value.is_boolean()) {
      number(static_cast<uint8_t>(value.get<bool>()));
    } else if (value.is_number_float()) {
      number(value.get<float>());
    } else {
      number(value.get<int32_t>());
    }
  }
  template <typename Number>
  GgufMetadata& number(Number value) {
    char raw[sizeof value];
    std::memcpy(raw, &value, sizeof value);
    bytes_.append(raw, sizeof value);
    return *this;
  }
  void text(const std::string& value) {
    number(uint64_t{value.size()});
    bytes_ += value;
  }

  std::string bytes_;
  uint64_t pairs_ = 0;
};

}  // namespace ww::test
