#include "models/text/regex.hpp"

#include <oniguruma.h>

#include <algorithm>
#include <mutex>

#include "base/check.hpp"
#include "models/text/characters.hpp"

namespace ww {

namespace {

const OnigUChar* bytes(std::string_view text) {
  return reinterpret_cast<const OnigUChar*>(text.data());
}

std::string message(int code, OnigErrorInfo* info = nullptr) {
  OnigUChar buffer[ONIG_MAX_ERROR_MESSAGE_LEN];
  const auto length =
      info ? onig_error_code_to_str(buffer, code, info) : onig_error_code_to_str(buffer, code);
  return {reinterpret_cast<const char*>(buffer), static_cast<size_t>(length)};
}

void initialise() {
  static std::once_flag once;
  std::call_once(once, [] {
    OnigEncoding encodings[] = {ONIG_ENCODING_UTF8};
    onig_initialize(encodings, 1);
  });
}

/// How far one match, or the search for it from each place, may track back: as far as Oniguruma
/// lets it, but through the whole text once more (a run of a million spaces before a word is no
/// attack).
struct Limits {
  std::unique_ptr<OnigMatchParam, decltype(&onig_free_match_param)> param{onig_new_match_param(),
                                                                          onig_free_match_param};
  explicit Limits(size_t size) {
    check(onig_initialize_match_param(param.get()) == ONIG_NORMAL, "out of memory");
    const auto least = onig_get_retry_limit_in_match();
    const auto limit = std::max<unsigned long>(least, 4 * static_cast<unsigned long>(size));
    onig_set_retry_limit_in_match_of_match_param(param.get(), limit);
    onig_set_retry_limit_in_search_of_match_param(param.get(), limit);
  }
};

}  // namespace

Regex::Regex(const std::string& pattern, std::string where) : where_(std::move(where)) {
  initialise();
  regex_t* compiled = nullptr;
  OnigErrorInfo info;
  const auto code = onig_new(&compiled,
                             bytes(pattern),
                             bytes(pattern) + pattern.size(),
                             ONIG_OPTION_NONE,
                             ONIG_ENCODING_UTF8,
                             ONIG_SYNTAX_DEFAULT,
                             &info);
  if (code != ONIG_NORMAL) {
    refuse("{} is a pattern that does not compile ({}); use --ids", where_, message(code, &info));
  }
  compiled_ = {compiled, onig_free};
}

void Regex::each_match(std::string_view text,
                       const std::function<void(size_t, size_t)>& found) const {
  const Limits limits(text.size());
  const std::unique_ptr<OnigRegion, void (*)(OnigRegion*)> region(
      onig_region_new(), [](OnigRegion* r) { onig_region_free(r, 1); });
  const auto* const begin = bytes(text);
  const auto* const end = begin + text.size();
  auto last_end = std::string_view::npos;
  for (size_t at = 0; at <= text.size();) {
    const auto code = onig_search_with_param(compiled_.get(),
                                             begin,
                                             end,
                                             begin + at,
                                             end,
                                             region.get(),
                                             ONIG_OPTION_NONE,
                                             limits.param.get());
    if (code == ONIG_MISMATCH) return;
    if (code < 0)
      refuse("{} fails on this text ({}); use --ids", where_, message(static_cast<int>(code)));
    const auto from = static_cast<size_t>(region->beg[0]), to = static_cast<size_t>(region->end[0]);
    if (from == to && to == last_end) {
      if (at == text.size()) return;
      at += code_point(text, at).length;
      continue;
    }
    found(from, to);
    at = last_end = to;
  }
}

}  // namespace ww
