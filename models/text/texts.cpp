#include "models/text/texts.hpp"

#include <algorithm>
#include <sstream>

#include "base/check.hpp"
#include "base/streams.hpp"
#include "base/text.hpp"

namespace ww {

namespace {

constexpr const char* kSpace = " \t\r\n\v\f";
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string stripped(const std::string& text) {
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// How many bytes a code point of this lead byte has and the least value it may encode; 0: no lead.
struct Lead {
  size_t length;
  uint32_t bits, least;
};

Lead lead_of(unsigned char byte) {
  if (byte < 0x80) return {1, byte, 0};
  if (byte >= 0xc2 && byte < 0xe0) return {2, byte & 0x1fU, 0x80};
  if (byte >= 0xe0 && byte < 0xf0) return {3, byte & 0x0fU, 0x800};
  if (byte >= 0xf0 && byte < 0xf5) return {4, byte & 0x07U, 0x10000};
  return {0, 0, 0};
}

constexpr size_t kLongestWord = 40;  // no number is longer, and no sentence should be

/// Calls visit(word, line) for what white space and commas part; lines count from 1.
template <typename Visit>
void each_word(std::string_view text, const Visit& visit) {
  constexpr const char* kBetween = " \t\r\v\f,";
  for (int64_t number = 1; !text.empty(); ++number) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    for (;;) {
      line.remove_prefix(std::min(line.find_first_not_of(kBetween), line.size()));
      if (line.empty()) break;
      const auto word = line.substr(0, line.find_first_of(kBetween));
      line.remove_prefix(word.size());
      visit(word, number);
    }
  }
}

/// Without what editors of another system put into a file.
std::string plain(std::string content, const std::string& file, std::vector<std::string>& notes) {
  if (content.starts_with(kByteOrderMark)) {
    content.erase(0, kByteOrderMark.size());
    notes.push_back(
        fmt::format("{}: begins with a byte-order mark, which is left out; --raw keeps it", file));
  }
  std::string lines;
  lines.reserve(content.size());
  int64_t ends = 0;
  for (size_t i = 0; i < content.size(); ++i) {
    const bool end = content[i] == '\r' && i + 1 < content.size() && content[i + 1] == '\n';
    ends += end ? 1 : 0;
    if (!end) lines += content[i];
  }
  if (ends > 0) {
    notes.push_back(fmt::format("{}: {} line{} in CR LF, read as LF; --raw keeps them",
                                file,
                                ends,
                                ends == 1 ? " ends" : "s end"));
  }
  return lines;
}

/// What stands between blank lines.
std::vector<Text> parted(const std::string& content) {
  std::vector<Text> texts;
  std::string body;
  const auto finish = [&] {
    const auto text = stripped(body);
    if (!text.empty()) texts.push_back({fmt::format("text {}", texts.size() + 1), text});
    body.clear();
  };
  std::istringstream lines(content);
  for (std::string line; std::getline(lines, line);) {
    if (stripped(line).empty()) finish();
    body += line + "\n";
  }
  finish();
  return texts;
}

}  // namespace

size_t first_not_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    auto [length, point, least] = lead_of(static_cast<unsigned char>(text[at]));
    if (length == 0 || at + length > text.size()) return at;
    for (size_t i = 1; i < length; ++i) {
      const auto byte = static_cast<unsigned char>(text[at + i]);
      if ((byte & 0xc0) != 0x80) return at;
      point = point << 6 | (byte & 0x3fU);
    }
    const bool surrogate = point >= 0xd800 && point < 0xe000;
    if (point < least || surrogate || point > 0x10ffff) return at;
    at += length;
  }
  return std::string::npos;
}

TextFile read_text_file(const std::filesystem::path& path, const TextOptions& options) {
  auto content = read_input(path);
  const auto name = path == "-" ? std::string("standard input") : path.string();
  const auto bad = first_not_utf8(content);
  check(bad == std::string::npos, "{}: byte {} is not UTF-8; convert the file", name, bad);
  TextFile file;
  if (!options.raw) content = plain(std::move(content), name, file.notes);
  check(content.find_first_not_of(kSpace) != std::string::npos, "{}: holds no text", name);
  if (options.whole) {
    file.texts.push_back({"text 1", options.raw ? content : stripped(content)});
  } else {
    file.texts = parted(content);
  }
  return file;
}

std::vector<Text> read_texts(const std::filesystem::path& path, bool whole) {
  return read_text_file(path, {.whole = whole}).texts;
}

std::vector<std::vector<int32_t>> read_ids(const std::filesystem::path& path, int32_t vocabulary) {
  const auto text = read_input(path);
  const auto id_of = [&](std::string_view word, int64_t line) {
    const auto where = fmt::format("{}: line {}", path.string(), line);
    check(word.size() <= kLongestWord, "{}: '{}..' is no id", where, word.substr(0, kLongestWord));
    const auto id = parse_integer(std::string(word), where);
    check(id >= 0 && id < vocabulary,
          "{}: id {} is outside the vocabulary, 0 to {}",
          where,
          id,
          vocabulary - 1);
    return static_cast<int32_t>(id);
  };
  each_word(text, id_of);  // a damaged file is refused before any ids are kept
  std::vector<std::vector<int32_t>> texts;
  int64_t last = 0;
  each_word(text, [&](std::string_view word, int64_t line) {
    if (line != last) texts.emplace_back();
    last = line;
    texts.back().push_back(id_of(word, line));
  });
  check(!texts.empty(), "{}: holds no ids", path.string());
  return texts;
}

}  // namespace ww
