// files.hpp: whole files in and out. What is written appears under its name complete or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/temporaries.hpp"

namespace ww {

/// The bytes of a file. Throws InputError that names the file where it can't be read.
std::string read_file(const std::filesystem::path& path);

/// A file mapped read-only for as long as the object lives.
class MappedFile {
 public:
  /// Throws InputError where the file can't be opened or is not a plain file. Empty files are
  /// legal.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

/// Lets the system have the memory of the pages that lie wholly within part of a mapped file; they
/// are read again when they are needed. Bytes of anything but a mapped file would be lost.
void release_pages(std::span<const std::byte> part);

/// Writes under a temporary name beside `path`; commit() syncs and renames, and gives the file the
/// permissions of the one that it replaces. Without commit() the temporary file is removed and
/// whatever stood at `path` stays as it was; "-": see streams.hpp.
class AtomicFile {
 public:
  /// A link is followed. Throws InputError where the folder can't be written or the path is taken
  /// by what is no plain file.
  explicit AtomicFile(const std::filesystem::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Throws InputError that names the file and the system's reason (a full disk, say).
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text);
  /// Throws the same, and InputError where a mapped file was changed since it was mapped: what was
  /// made of it is of no one file.
  void commit();

  /// Where the bytes stand until commit(), for libraries that write by name.
  const std::filesystem::path& temporary() const { return temporary_->path(); }

 private:
  std::filesystem::path path_;
  std::optional<Temporary> temporary_;  // nothing: standard output
  int descriptor_ = -1;
};

/// Of a file that a command is going to write, before its work and again when it has read. Throws
/// InputError for no name, a folder, a folder that is not there, what is no plain file, and for
/// whatever this process has read, by whatever name: that stays as it was. Standard output is fine.
void check_output(const std::filesystem::path& out);

/// The first bytes of a file, up to `count`; fewer where it is short, none where it is no file.
std::string first_bytes(const std::filesystem::path& path, size_t count);

/// The whole of `text` as the file `path`, atomically.
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace ww
