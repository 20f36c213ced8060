// tokenizer.hpp: text to ids and back.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ww {

class Tokenizer {
 public:
  virtual ~Tokenizer() = default;
  virtual std::string name() const = 0;
  virtual int32_t vocabulary() const = 0;
  /// The id that begins a text, -1 where there is none.
  virtual int32_t bos() const = 0;
  /// `text` is UTF-8; BOS is the caller's to add.
  virtual std::vector<int32_t> encode(std::string_view text) const = 0;
  virtual std::string decode(const std::vector<int32_t>& ids) const = 0;
};

/// The tokenizer of a checkpoint: `file` where it is named, else the one inside a GGUF, or
/// tok512.bin or tokenizer.bin beside a llama2.c file. Throws InputError where there is none or
/// two.
std::unique_ptr<Tokenizer> tokenizer_for(const std::filesystem::path& checkpoint,
                                         const std::filesystem::path& file);

}  // namespace ww
