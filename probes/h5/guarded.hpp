// guarded.hpp: HDF5 trusts what it reads, so a damaged file may crash it or ask for any memory.
// Here a process of its own is what crashes.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace ww {

/// What is being read, where a process that watches can see it.
class Place {
 public:
  void set(std::string_view name);
  /// "'theta' ", or nothing before the first.
  std::string quoted() const;

 private:
  char name_[256] = {};
};

/// Most bytes that reading a file of this size may take.
size_t reading_room(size_t file_size);

/// Calls `read` in a child, with room as above and a minute of the processor. Throws InputError
/// with the sentence of what `read` threw, or where it crashed or took too much.
void check_by_child(const std::string& where,
                    size_t file_size,
                    const std::function<void(Place&)>& read);

}  // namespace ww
