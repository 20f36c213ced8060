// record.hpp: record.jsonl, the append-only story of a run from which every table and figure can be
// rebuilt. A line is whole or, torn by a kill, dropped when the run is resumed; each ends with a
// checksum of itself, see base/checksum.hpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>

namespace ww {

class RecordWriter {
 public:
  /// Appends to `path`; what stands beyond `length` bytes is cut off first. Throws InputError where
  /// the file can't be written or is shorter than `length`.
  RecordWriter(const std::filesystem::path& path, uint64_t length);
  ~RecordWriter();
  RecordWriter(const RecordWriter&) = delete;
  RecordWriter& operator=(const RecordWriter&) = delete;

  /// Appends one line and syncs it. Throws InputError that names the file (a full disk, say).
  void append(const nlohmann::json& line);
  uint64_t length() const { return length_; }

 private:
  std::filesystem::path path_;
  uint64_t length_;
  int descriptor_;
};

}  // namespace ww
