#include "models/record.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/check.hpp"
#include "base/checksum.hpp"

namespace ww {

RecordWriter::RecordWriter(const std::filesystem::path& path, uint64_t length)
    : path_(path),
      length_(length),
      descriptor_(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644)) {
  check(descriptor_ >= 0, "{}: cannot be written: {}", path_.string(), std::strerror(errno));
  const auto end = lseek(descriptor_, 0, SEEK_END);
  const bool whole = end >= 0 && static_cast<uint64_t>(end) >= length;
  const auto offset = static_cast<off_t>(length);
  if (!whole || ftruncate(descriptor_, offset) != 0 || lseek(descriptor_, offset, SEEK_SET) < 0) {
    close(descriptor_);
    refuse("{}: is shorter than the checkpoint beside it says; restore it or start anew",
           path_.string());
  }
}

RecordWriter::~RecordWriter() { close(descriptor_); }

void RecordWriter::append(const nlohmann::json& line) {
  const auto text = with_checksum(line.dump()) + "\n";
  const auto written = write(descriptor_, text.data(), text.size());
  check(written == static_cast<ssize_t>(text.size()) && fdatasync(descriptor_) == 0,
        "{}: cannot be written: {}",
        path_.string(),
        std::strerror(written < 0 ? errno : ENOSPC));
  length_ += text.size();
}

}  // namespace ww
