// memory_file.hpp: an HDF5 file that is made in memory. On a disk HDF5 can't let go of what it
// could not write: it tries again when the process ends, and crashes.
#pragma once

#include <cstdlib>
#include <memory>
#include <span>

#include "probes/h5/handle.hpp"

namespace ww {

class MemoryFile {
 public:
  /// `creation` and `access` are HDF5's property lists; the second is given the driver.
  MemoryFile(hid_t creation, hid_t access);
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  hid_t id() const { return file_; }
  /// Closes the file, whose objects must be closed. The bytes live as long as this.
  std::span<const std::byte> finish();

 private:
  static void* resize(void* memory, size_t size, H5FD_file_image_op_t, void*);
  static void* allocate(size_t size, H5FD_file_image_op_t, void*);
  static herr_t keep(void* memory, H5FD_file_image_op_t, void* self);

  std::unique_ptr<void, decltype(&std::free)> memory_{nullptr, std::free};  // after file_ is closed
  Handle file_;
};

}  // namespace ww
