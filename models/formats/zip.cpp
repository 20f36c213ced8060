#include "models/formats/zip.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "base/check.hpp"

namespace ww {

namespace {

constexpr uint32_t kEnd = 0x06054b50, kEnd64 = 0x06064b50, kLocator64 = 0x07064b50;
constexpr uint32_t kEntry = 0x02014b50, kLocal = 0x04034b50;
constexpr uint32_t kIn64 = 0xffffffff;  // "see the zip64 field"

/// Numbers at offsets of the archive, never past its end.
class Archive {
 public:
  Archive(std::span<const std::byte> bytes, const std::string& where)
      : bytes_(bytes), where_(where) {}

  template <typename Number>
  Number at(uint64_t offset) const {
    Number value;
    std::memcpy(&value, part(offset, sizeof value).data(), sizeof value);
    return value;
  }
  std::span<const std::byte> part(uint64_t offset, uint64_t size) const {
    check(offset <= bytes_.size() && size <= bytes_.size() - offset,
          "{}: is cut off, or no whole ZIP archive",
          where_);
    return bytes_.subspan(offset, size);
  }
  std::string text(uint64_t offset, uint64_t size) const {
    const auto bytes = part(offset, size);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  uint64_t size() const { return bytes_.size(); }
  const std::string& where() const { return where_; }

 private:
  std::span<const std::byte> bytes_;
  const std::string& where_;
};

/// Where the central directory begins and how many entries it has.
struct Directory {
  uint64_t offset, entries;
};

Directory directory_of(const Archive& archive) {
  constexpr uint64_t kLeast = 22, kLongestComment = 65535;
  check(archive.size() >= kLeast, "{}: is cut off, or no whole ZIP archive", archive.where());
  const auto first = archive.size() - std::min(archive.size(), kLeast + kLongestComment);
  for (auto at = archive.size() - kLeast;; --at) {
    if (archive.at<uint32_t>(at) == kEnd) {
      if (at >= 20 && archive.at<uint32_t>(at - 20) == kLocator64) {
        const auto end64 = archive.at<uint64_t>(at - 20 + 8);
        check(
            archive.at<uint32_t>(end64) == kEnd64, "{}: its directory is damaged", archive.where());
        return {archive.at<uint64_t>(end64 + 48), archive.at<uint64_t>(end64 + 32)};
      }
      return {archive.at<uint32_t>(at + 16), archive.at<uint16_t>(at + 10)};
    }
    check(at > first, "{}: is cut off, or no whole ZIP archive", archive.where());
  }
}

struct Entry {
  std::string name;
  uint64_t stored, size, local;  // bytes, bytes, offset of the local header
};

/// Takes what stands as kIn64 from the zip64 extra field, in its fixed order.
void widen_from_extra(const Archive& archive, uint64_t at, uint64_t length, Entry& entry) {
  for (const auto end = at + length; at + 4 <= end;) {
    const auto id = archive.at<uint16_t>(at), size = archive.at<uint16_t>(at + 2);
    auto field = at + 4;
    if (id == 1) {
      for (auto* const value : {&entry.size, &entry.stored, &entry.local}) {
        if (*value != kIn64) continue;
        *value = archive.at<uint64_t>(field);
        field += 8;
      }
    }
    at += 4 + size;
  }
}

/// The entry at `at`, which moves on to the next.
Entry read_entry(const Archive& archive, uint64_t& at) {
  check(archive.at<uint32_t>(at) == kEntry, "{}: its directory is damaged", archive.where());
  const auto flags = archive.at<uint16_t>(at + 8), method = archive.at<uint16_t>(at + 10);
  const auto name = archive.at<uint16_t>(at + 28), extra = archive.at<uint16_t>(at + 30),
             comment = archive.at<uint16_t>(at + 32);
  Entry entry{archive.text(at + 46, name),
              archive.at<uint32_t>(at + 20),
              archive.at<uint32_t>(at + 24),
              archive.at<uint32_t>(at + 42)};
  check(method == 0 && (flags & 1) == 0,
        "{}: its member '{}' is compressed or encrypted; re-save it with torch.save",
        archive.where(),
        entry.name);
  widen_from_extra(archive, at + 46 + name, extra, entry);
  at += uint64_t{46} + name + extra + comment;
  return entry;
}

/// The bytes of an archive that an entry takes, its local header too.
struct Taken {
  uint64_t begin, end;
  std::string name;
};

/// Reads the local header, which must be that of the entry.
Taken place(const Archive& archive, const Entry& entry) {
  const auto name = archive.at<uint16_t>(entry.local + 26);
  check(archive.at<uint32_t>(entry.local) == kLocal && entry.stored == entry.size &&
            archive.text(entry.local + 30, name) == entry.name,
        "{}: its member '{}' is damaged: directory and local header must agree",
        archive.where(),
        entry.name);
  const auto skip = uint64_t{30} + name + archive.at<uint16_t>(entry.local + 28);
  archive.part(entry.local + skip, entry.size);
  return {entry.local, entry.local + skip + entry.size, entry.name};
}

void check_apart(std::vector<Taken> taken, const std::string& where) {
  std::ranges::sort(taken, {}, [](const Taken& part) { return std::pair(part.begin, part.end); });
  for (size_t i = 1; i < taken.size(); ++i) {
    check(taken[i - 1].end <= taken[i].begin,
          "{}: its members '{}' and '{}' overlap; is the file damaged?",
          where,
          taken[i - 1].name,
          taken[i].name);
  }
}

}  // namespace

std::map<std::string, std::span<const std::byte>> zip_members(std::span<const std::byte> bytes,
                                                              const std::string& where) {
  const Archive archive(bytes, where);
  const auto directory = directory_of(archive);
  std::map<std::string, std::span<const std::byte>> members;
  std::vector<Taken> taken;
  auto at = directory.offset;
  for (uint64_t i = 0; i < directory.entries; ++i) {
    const auto entry = read_entry(archive, at);
    const auto& part = taken.emplace_back(place(archive, entry));
    const auto member = archive.part(part.end - entry.size, entry.size);
    const bool fresh = members.emplace(entry.name, member).second;
    check(fresh, "{}: has the member '{}' twice", where, entry.name);
  }
  check_apart(std::move(taken), where);
  return members;
}

}  // namespace ww
