// regex.hpp: regular expressions in Oniguruma's syntax over UTF-8, which Hugging Face's tokenizers
// use.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

struct re_pattern_buffer;

namespace ww {

class Regex {
 public:
  /// Throws InputError that begins with `where` for a pattern that does not compile.
  Regex(const std::string& pattern, std::string where);

  /// Calls found(begin, end) for each match from left to right, byte offsets. A match may be empty,
  /// but not where the one before it ended. Throws InputError where matching tracks back too far.
  void each_match(std::string_view text, const std::function<void(size_t, size_t)>& found) const;

 private:
  std::shared_ptr<re_pattern_buffer> compiled_;
  std::string where_;
};

}  // namespace ww
