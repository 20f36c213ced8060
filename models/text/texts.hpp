// texts.hpp: files of texts and files of ids.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ww {

struct Text {
  std::string name;  // "text 1"
  std::string body;
};

struct TextOptions {
  bool whole = false;  // the file is one text
  bool raw = false;    // nothing is dropped or turned into something else
};

struct TextFile {
  std::vector<Text> texts;
  std::vector<std::string> notes = {};  // what was dropped or turned into something else
};

/// The texts of a UTF-8 file or pipe, blank lines between them, white space around each stripped;
/// or with `whole` the file as one. A byte-order mark is dropped and CR LF turned into LF, each
/// with a note, unless `raw`; `whole` and `raw` keep the file as it is. Throws InputError for a
/// file that holds no text or is not UTF-8.
TextFile read_text_file(const std::filesystem::path& path, const TextOptions& options);
std::vector<Text> read_texts(const std::filesystem::path& path, bool whole);

/// One text a line, ids apart by spaces or commas. Throws InputError that names the line for what
/// is no number or lies outside 0 .. vocabulary - 1, and for a file without ids.
std::vector<std::vector<int32_t>> read_ids(const std::filesystem::path& path, int32_t vocabulary);

/// The offset of the first byte that is not UTF-8 (RFC 3629), or npos.
size_t first_not_utf8(std::string_view text);

}  // namespace ww
