#include "models/formats/safetensors.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.hpp"
#include "models/config_json.hpp"

namespace ww {

namespace {

static_assert(std::endian::native == std::endian::little, "the format's numbers are little-endian");

using Json = nlohmann::json;
constexpr uint64_t kPrefix = 8, kLargestHeader = 100'000'000;
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
  if (!metadata.empty()) header["__metadata__"] = metadata;
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
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(&size, 1)));
  file.write(text);
  for (const auto& [name, view] : tensors) file.write(view.bytes);
  file.commit();
}

}  // namespace ww
