// fuzz.hpp: what the fuzz targets share. A target writes its input to a file in memory and reads it
// as the program would. A damaged file ends in InputError, or in the system's refusal of a path
// that it names; a finding is any other exception, a sanitizer's report, a leak, and memory of more
// than the file's size plus 64 MB.
#pragma once

#include <sanitizer/allocator_interface.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "base/files.hpp"
#include "models/formats/weights.hpp"
#include "models/text/tokenizer.hpp"

namespace ww::fuzz {

/// What a target does with an input.
void read(std::string_view bytes);

namespace memory {

constexpr size_t kMost = size_t{64} << 20, kStep = size_t{1} << 18;
inline size_t most = std::numeric_limits<size_t>::max();  // bytes that may live now
inline thread_local size_t since_look = 0;

/// Looks at what lives once enough was allocated for that to matter.
inline void on_malloc(const volatile void*, size_t size) {
  since_look += size;
  if (since_look < kStep) return;
  since_look = 0;
  if (__sanitizer_get_current_allocated_bytes() <= most) return;
  most = std::numeric_limits<size_t>::max();
  std::fputs("fuzz: allocates more than the file's size plus 64 MB\n", stderr);
  __builtin_trap();
}

}  // namespace memory

/// A folder of this process in the system's temporary one: scripts/fuzz names one in memory.
inline const std::filesystem::path& folder() {
  static const auto path = [] {
    const auto fresh = std::filesystem::temp_directory_path() / fmt::format("fuzz.{}", getpid());
    std::filesystem::create_directories(fresh);
    return fresh;
  }();
  return path;
}

inline std::filesystem::path put(const std::string& name, std::string_view bytes) {
  const auto path = folder() / name;
  write_file(path, bytes);
  return path;
}

/// A file that all inputs share, written by the first.
inline void put_once(const std::string& name, std::string_view bytes) {
  if (!std::filesystem::exists(folder() / name)) put(name, bytes);
}

/// Inputs that stand for several files have NULs between them; what is missing is empty.
inline std::vector<std::string_view> parts(std::string_view bytes, size_t count) {
  std::vector<std::string_view> all;
  while (all.size() + 1 < count) {
    const auto end = std::min(bytes.find('\0'), bytes.size());
    all.push_back(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  all.push_back(bytes);
  return all;
}

template <typename Call>
void refused_or_read(Call&& call) {
  try {
    call();
  } catch (const InputError&) {
  } catch (const std::filesystem::filesystem_error&) {  // a name too long, say: exit 2 as well
  }
}

/// The first tensors as floats, as a model that names them would get them.
inline void widen_some(const WeightFile& file) {
  int left = 8;
  for (const auto& tensor : file.tensors) {
    if (left-- == 0) return;
    refused_or_read([&] { (void)widen(tensor.first, tensor.second); });
  }
}

/// What `inspect` finds out of a checkpoint before it needs tensors.
inline void inspect(const SourceModel& source) {
  for (const auto& rope : source.ropes) {
    for (const int64_t tokens : {0, 1 << 20}) {
      refused_or_read([&] { (void)frequency_table(rope, tokens, "the file"); });
    }
  }
  widen_some(source.weights);
}

/// A text there and back.
inline void use(const Tokenizer& tokenizer) {
  (void)tokenizer.decode(
      tokenizer.encode("What's  the 1st caf\xc3\xa9?\n\t\xe6\xbc\xa2 <s> \xf0\x9f\xa6\x89 aaab"));
}

}  // namespace ww::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ww::fuzz;
  static const int hooks =
      __sanitizer_install_malloc_and_free_hooks(memory::on_malloc, [](const volatile void*) {});
  (void)hooks;
  memory::most = __sanitizer_get_current_allocated_bytes() + size + memory::kMost;
  refused_or_read([&] { read({reinterpret_cast<const char*>(data), size}); });
  memory::most = std::numeric_limits<size_t>::max();
  return 0;
}
