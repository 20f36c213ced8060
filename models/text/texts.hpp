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
  bool raw =
      false;  // every byte counts: the byte order mark, CRLF, and with `whole` the ends of the file
};

/// The texts of a UTF-8 file, a pipe or standard input ("-"): blank lines between them, white space
/// around each stripped. A byte order mark is dropped and CRLF becomes LF, each with a note. Throws
/// InputError for a file that holds no text or is not UTF-8.
std::vector<Text> read_texts(const std::filesystem::path& path,
                             const TextOptions& options,
                             std::vector<std::string>& notes);

/// One text a line, ids apart by spaces or commas; from a file, a pipe or standard input ("-").
/// Throws InputError that names the line for what is no number or lies outside 0 .. vocabulary - 1,
/// and for a file without ids.
std::vector<std::vector<int32_t>> read_ids(const std::filesystem::path& path, int32_t vocabulary);

/// The offset of the first byte that is not UTF-8 (RFC 3629), or npos.
size_t first_not_utf8(std::string_view text);

}  // namespace ww
