#include "models/formats/safetensors.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.hpp"
#include "base/checksum.hpp"
#include "models/config_json.hpp"

namespace ww {

namespace {

static_assert(std::endian::native == std::endian::little, "the format's numbers are little-endian");

using Json = nlohmann::json;
constexpr uint64_t kPrefix = 8, kLargestHeader = 100'000'000;
constexpr auto kChecksum = "whatwhere.crc32";
constexpr size_t kMostValues = size_t{1} << 19;  // of fifty thousand tensors

Json parse_header(std::span<const std::byte> bytes, const std::string& where) {
  uint64_t size = 0;
  check(bytes.size() >= kPrefix,
        "{}: is no safetensors file, or cut off: {} bytes",
        where,
        bytes.size());
  std::memcpy(&size, bytes.data(), kPrefix);
  check(size >= 2 && size <= kLargestHeader && size <= bytes.size() - kPrefix,
        "{}: is no safetensors file, or cut off: its header would be {} bytes of {}",
        where,
        size,
        bytes.size());
  const auto* const text = reinterpret_cast<const char*>(bytes.data() + kPrefix);
  auto header = parse_json({text, size}, where, kMostValues);
  check(text[0] == '{', "{}: is no safetensors file", where);
  return header;
}

struct Placed {
  uint64_t begin = 0, end = 0;
  std::string name;
};

/// One entry of the header as a view of the data.
TensorView parse_tensor(const Json& entry,
                        std::span<const std::byte> data,
                        const std::string& where,
                        Placed& placed) {
  const auto what = fmt::format("{}: \"{}\"", where, placed.name);
  std::string type;
  std::vector<int64_t> shape;
  try {
    type = entry.at("dtype").get<std::string>();
    const auto& sizes = entry.at("shape");
    const auto& offsets = entry.at("data_offsets");
    check(fits<std::vector<int64_t>>(sizes), "{} has a damaged shape", what);
    check(offsets.size() == 2 && fits<std::vector<uint64_t>>(offsets),
          "{} has damaged offsets",
          what);
    shape = sizes.get<std::vector<int64_t>>();
    placed.begin = offsets.at(0).get<uint64_t>();
    placed.end = offsets.at(1).get<uint64_t>();
  } catch (const Json::exception&) {
    refuse("{} is described by a damaged header", what);
  }
  check(placed.begin <= placed.end && placed.end <= data.size(),
        "{} ends past the file: it is cut off",
        what);
  const auto bytes = data.subspan(placed.begin, placed.end - placed.begin);
  return make_view(placed.name, type, std::move(shape), bytes, where);
}

/// Where in the header's text the digits of the checksum stand; npos where it has none.
size_t checksum_place(std::string_view header) {
  const auto key = fmt::format("\"{}\":\"", kChecksum);
  const auto found = header.find(key);
  const bool whole = found != header.npos && found + key.size() + kChecksumDigits <= header.size();
  return whole ? found + key.size() : header.npos;
}

/// Of a file in pieces, zeros in place of the digits at `place` of the header.
std::string checksum_around(uint64_t size, std::string_view header, size_t place, auto&& add_data) {
  Checksum sum;
  sum.add(std::as_bytes(std::span(&size, 1)));
  sum.add(header.substr(0, place));
  sum.add(std::string(kChecksumDigits, '0'));
  sum.add(header.substr(place + kChecksumDigits));
  add_data(sum);
  return sum.digits();
}

void verify_checksum(std::string_view header,
                     std::span<const std::byte> data,
                     const std::string& where) {
  const auto place = checksum_place(header);
  if (place == header.npos) return;  // another program's, or one from before there were checksums
  const auto found =
      checksum_around(header.size(), header, place, [&](Checksum& sum) { sum.add(data); });
  check(
      found == header.substr(place, kChecksumDigits),
      "{}: its bytes do not match its checksum (\"{}\" in its metadata): it is damaged, or another "
      "program changed it and kept the checksum; restore it from a copy",
      where,
      kChecksum);
}

/// Every byte of the data belongs to exactly one tensor.
void check_cover(std::vector<Placed> tensors, uint64_t size, const std::string& where) {
  std::ranges::sort(tensors, {}, [](const Placed& p) { return std::pair(p.begin, p.end); });
  uint64_t end = 0;
  for (const auto& placed : tensors) {
    check(placed.begin == end,
          "{}: \"{}\" leaves a hole or overlaps another tensor",
          where,
          placed.name);
    end = placed.end;
  }
  check(end == size, "{}: {} bytes belong to no tensor", where, size - end);
}

}  // namespace

WeightFile read_safetensors(const std::filesystem::path& path) {
  const auto where = path.string();
  WeightFile file;
  file.files.push_back(std::make_shared<MappedFile>(path));
  const auto bytes = file.files.back()->bytes();
  const auto header = parse_header(bytes, where);
  uint64_t header_size = 0;
  std::memcpy(&header_size, bytes.data(), kPrefix);
  const auto data = bytes.subspan(kPrefix + header_size);
  verify_checksum(
      {reinterpret_cast<const char*>(bytes.data() + kPrefix), header_size}, data, where);
  std::vector<Placed> placed;
  file.metadata = header.value("__metadata__", Json::object());
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    placed.push_back({0, 0, name});
    file.tensors[name] = parse_tensor(entry, data, where, placed.back());
  }
  check_cover(std::move(placed), data.size(), where);
  return file;
}

void write_safetensors(const std::filesystem::path& path,
                       const std::map<std::string, TensorView>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  auto header = Json::object();
  header["__metadata__"] = metadata;
  header["__metadata__"][kChecksum] = std::string(kChecksumDigits, '0');
  uint64_t end = 0;
  for (const auto& [name, view] : tensors) {
    const auto begin = end;
    end += view.bytes.size();
    header[name] = {
        {"dtype", view.type_name}, {"shape", view.shape}, {"data_offsets", {begin, end}}};
  }
  auto text = header.dump();
  text.append((8 - text.size() % 8) % 8, ' ');
  const uint64_t size = text.size();
  const auto place = checksum_place(text);
  text.replace(place, kChecksumDigits, checksum_around(size, text, place, [&](Checksum& sum) {
                 for (const auto& [name, view] : tensors) sum.add(view.bytes);
               }));
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(&size, 1)));
  file.write(text);
  for (const auto& [name, view] : tensors) file.write(view.bytes);
  file.commit();
}

}  // namespace ww
