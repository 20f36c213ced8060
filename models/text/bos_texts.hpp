// bos_texts.hpp: texts that begin with BOS themselves, and where files disagree about it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/text/tokenizer.hpp"

namespace ww {

/// Takes BOS out of the texts that begin with it, to which it is going to be added.
class BosTexts {
 public:
  void take(const Tokenizer& tokenizer, const std::string& body, std::vector<int32_t>& ids);
  /// Says of how many texts, and of how many that spell it without being read so.
  void note(const Tokenizer& tokenizer,
            const std::string& file,
            std::vector<std::string>& notes) const;

 private:
  int64_t taken_ = 0, spelt_ = 0;
};

/// The BOS that the checkpoint's own tokenizer puts before texts; none where it puts none, or
/// where no tokenizer can be read.
std::optional<int32_t> added_bos(const std::filesystem::path& checkpoint);

/// Where tokenizer_config.json beside the tokenizer says otherwise than the tokenizer does: a
/// sentence each.
std::vector<std::string> bos_contradictions(const std::filesystem::path& checkpoint,
                                            const Tokenizer& tokenizer);

}  // namespace ww
