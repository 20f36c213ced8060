// handle.hpp: HDF5's ids closed by themselves, its calls through one throwing check.
#pragma once

#include <hdf5.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace ww {

/// An id and what closes it.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);
  Handle() = default;
  Handle(hid_t id, Close close) : id_(id), close_(close) {}
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  // What the C API takes.
  operator hid_t() const { return id_; }  // NOLINT(google-explicit-constructor)

 private:
  hid_t id_ = -1;
  Close close_ = nullptr;
};

/// A failed call of HDF5; whoever knows the file turns it into a sentence.
struct Hdf5Error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Passes an id or status on. Throws Hdf5Error where HDF5 says that the call failed.
template <typename Result>
Result called(Result result, const char* what) {
  if (result < 0) throw Hdf5Error(what);
  return result;
}

inline Handle hold(hid_t id, Handle::Close close, const char* what) {
  return {called(id, what), close};
}

/// HDF5 prints its own errors unless it is told not to; we throw.
inline void silence_hdf5() { H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr); }

}  // namespace ww
