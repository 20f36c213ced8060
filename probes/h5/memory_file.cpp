#include "probes/h5/memory_file.hpp"

namespace ww {

MemoryFile::MemoryFile(hid_t creation, hid_t access) {
  constexpr size_t kGrowth = size_t{1} << 20;
  called(H5Pset_fapl_core(access, kGrowth, false), "H5Pset_fapl_core");
  H5FD_file_image_callbacks_t callbacks = {};
  callbacks.image_malloc = allocate;
  callbacks.image_realloc = resize;
  callbacks.image_free = keep;
  callbacks.udata_copy = [](void* self) { return self; };
  callbacks.udata_free = [](void*) -> herr_t { return 0; };
  callbacks.udata = this;
  called(H5Pset_file_image_callbacks(access, &callbacks), "H5Pset_file_image_callbacks");
  file_ = hold(H5Fcreate("in memory", H5F_ACC_TRUNC, creation, access), H5Fclose, "H5Fcreate");
}

std::span<const std::byte> MemoryFile::finish() {
  called(H5Fflush(file_, H5F_SCOPE_GLOBAL), "H5Fflush");
  // H5Fget_file_image() of an open file has a wrong checksum in HDF5 1.10: the bytes are those that
  // the close leaves, as many as the superblock (version 2) says.
  file_ = Handle();
  if (memory_ == nullptr) throw Hdf5Error("H5Fclose");
  constexpr size_t kEndOfFile = 28;
  const auto* const bytes = static_cast<const std::byte*>(memory_.get());
  uint64_t size = 0;
  for (size_t i = 0; i < 8; ++i)
    size |= std::to_integer<uint64_t>(bytes[kEndOfFile + i]) << (8 * i);
  return {bytes, size};
}

void* MemoryFile::resize(void* memory, size_t size, H5FD_file_image_op_t, void*) {
  return std::realloc(memory, size);
}

void* MemoryFile::allocate(size_t size, H5FD_file_image_op_t, void*) { return std::malloc(size); }

herr_t MemoryFile::keep(void* memory, H5FD_file_image_op_t, void* self) {
  static_cast<MemoryFile*>(self)->memory_.reset(memory);
  return 0;
}

}  // namespace ww
