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
  /// All ids are below it.
  virtual int32_t vocabulary() const = 0;
  /// The id that begins a text, -1 where there is none.
  virtual int32_t bos() const = 0;
  /// Whether the tokenizer itself begins texts with it.
  virtual bool adds_bos() const = 0;
  /// BOS is the caller's to add. Throws InputError for a text that is not UTF-8.
  virtual std::vector<int32_t> encode(std::string_view text) const = 0;
  /// The text that encodes to these ids, as far as encoding keeps it; added tokens are spelled out.
  virtual std::string decode(const std::vector<int32_t>& ids) const = 0;
};

/// The tokenizer of a checkpoint: `file`, or what lies in it where it is a folder; else the one
/// inside a GGUF; else what lies with the checkpoint: tokenizer_formats.cpp says which names are
/// looked for. Throws InputError where there is none or two.
std::unique_ptr<Tokenizer> tokenizer_for(const std::filesystem::path& checkpoint,
                                         const std::filesystem::path& file);

}  // namespace ww
