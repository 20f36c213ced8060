#include "models/formats/gguf.hpp"

#include <algorithm>
#include <cstring>

#include "base/check.hpp"
#include "models/formats/gguf_split.hpp"

namespace ww {

namespace {

using Json = nlohmann::json;

/// Reads forward through a mapped file; nothing is read or allocated past its end.
class Cursor {
 public:
  Cursor(std::span<const std::byte> bytes, std::string where)
      : bytes_(bytes), where_(std::move(where)) {}

  template <typename Number>
  Number number() {
    Number value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string text() {
    const auto bytes = take(number<uint64_t>());
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  /// How many of something follow, each at least `least` bytes long.
  uint64_t count(uint64_t least) {
    const auto many = number<uint64_t>();
    check(many <= (bytes_.size() - at_) / least,
          "{}: says that {} things follow byte {}, more than it holds; is it cut off?",
          where_,
          many,
          at_);
    return many;
  }
  uint64_t position() const { return at_; }
  uint64_t size() const { return bytes_.size(); }
  const std::string& where() const { return where_; }

 private:
  std::span<const std::byte> take(uint64_t size) {
    check(size <= bytes_.size() - at_, "{}: is cut off at byte {}", where_, bytes_.size());
    at_ += size;
    return bytes_.subspan(at_ - size, size);
  }

  std::span<const std::byte> bytes_;
  std::string where_;
  uint64_t at_ = 0;
};

/// Reads the pairs; counts what stands in arrays, so that a file can't ask for more memory than an
/// honest one of its size.
class PairReader {
 public:
  explicit PairReader(Cursor& cursor) : cursor_(cursor) {}

  Json value(uint32_t type, int depth = 0) {
    switch (type) {
      case 0:
        return cursor_.number<uint8_t>();
      case 1:
        return cursor_.number<int8_t>();
      case 2:
        return cursor_.number<uint16_t>();
      case 3:
        return cursor_.number<int16_t>();
      case 4:
        return cursor_.number<uint32_t>();
      case 5:
        return cursor_.number<int32_t>();
      case 6:
        return cursor_.number<float>();
      case 7:
        return cursor_.number<uint8_t>() != 0;
      case 8:
        return cursor_.text();
      case 10:
        return cursor_.number<uint64_t>();
      case 11:
        return cursor_.number<int64_t>();
      case 12:
        return cursor_.number<double>();
      default:
        return list(type, depth);
    }
  }

 private:
  Json list(uint32_t type, int depth) {
    check(type == 9 && depth < 4,
          "{}: has a value of unknown type {} at byte {}",
          cursor_.where(),
          type,
          cursor_.position());
    const auto element = cursor_.number<uint32_t>();
    const auto many = cursor_.count(1);
    elements_ += many;
    check(elements_ <= kMostElements + cursor_.size() / 64,
          "{}: its metadata holds {} values, more than any tokenizer has",
          cursor_.where(),
          elements_);
    auto values = Json::array();
    for (uint64_t i = 0; i < many; ++i) values.push_back(value(element, depth + 1));
    return values;
  }

  static constexpr uint64_t kMostElements = 1 << 20;
  Cursor& cursor_;
  uint64_t elements_ = 0;
};

struct GgufType {
  uint32_t id;
  const char* name;
};

/// ggml's type ids: those that we widen, and names for refusals.
constexpr GgufType kTypes[] = {
    {0, "F32"},     {1, "F16"},    {2, "Q4_0"},     {3, "Q4_1"},    {6, "Q5_0"},     {7, "Q5_1"},
    {8, "Q8_0"},    {9, "Q8_1"},   {10, "Q2_K"},    {11, "Q3_K"},   {12, "Q4_K"},    {13, "Q5_K"},
    {14, "Q6_K"},   {15, "Q8_K"},  {16, "IQ2_XXS"}, {17, "IQ2_XS"}, {18, "IQ3_XXS"}, {19, "IQ1_S"},
    {20, "IQ4_NL"}, {21, "IQ3_S"}, {22, "IQ2_S"},   {23, "IQ4_XS"}, {24, "I8"},      {25, "I16"},
    {26, "I32"},    {27, "I64"},   {28, "F64"},     {29, "IQ1_M"},  {30, "BF16"},    {34, "TQ1_0"},
    {35, "TQ2_0"},  {39, "MXFP4"}};

std::string type_name(uint32_t id) {
  for (const auto& type : kTypes) {
    if (type.id == id) return type.name;
  }
  return fmt::format("type {}", id);
}

struct Described {
  std::string name;
  std::vector<int64_t> shape;  // row-major
  std::string type;
  uint64_t offset;
};

Described describe(Cursor& cursor) {
  Described tensor{cursor.text(), {}, {}, 0};
  const auto rank = cursor.number<uint32_t>();
  check(rank <= 4, "{}: \"{}\" has {} dimensions", cursor.where(), tensor.name, rank);
  for (uint32_t i = 0; i < rank; ++i) {
    const auto size = cursor.number<uint64_t>();
    check(size < (uint64_t{1} << 40),
          "{}: \"{}\" has an impossible size, {}",
          cursor.where(),
          tensor.name,
          size);
    tensor.shape.insert(tensor.shape.begin(), static_cast<int64_t>(size));
  }
  tensor.type = type_name(cursor.number<uint32_t>());
  tensor.offset = cursor.number<uint64_t>();
  return tensor;
}

/// The tensor's bytes, within the data.
TensorView place(const Described& tensor,
                 std::span<const std::byte> data,
                 const std::string& where) {
  const auto* const type = find_stored_type(tensor.type);
  check(type != nullptr,
        "{}: \"{}\" is {}; requantise to Q8_0 or use safetensors",
        where,
        tensor.name,
        tensor.type);
  check(tensor.offset <= data.size(),
        "{}: \"{}\" ends past the file: it is cut off",
        where,
        tensor.name);
  auto size = static_cast<uint64_t>(type->bytes);
  for (size_t i = 0; i < tensor.shape.size(); ++i) {
    const bool fastest = i + 1 == tensor.shape.size();
    const auto whole = static_cast<uint64_t>(tensor.shape[i]);
    const auto steps = fastest ? whole / static_cast<uint64_t>(type->elements) : whole;
    check(steps == 0 || size <= data.size() / steps,
          "{}: \"{}\" is larger than the file; is it cut off?",
          where,
          tensor.name);
    size *= steps;
  }
  check(size <= data.size() - tensor.offset,
        "{}: \"{}\" ends past the file: it is cut off",
        where,
        tensor.name);
  return make_view(
      tensor.name, tensor.type, tensor.shape, data.subspan(tensor.offset, size), where);
}

void check_apart(std::vector<std::pair<uint64_t, uint64_t>> ranges, const std::string& where) {
  std::ranges::sort(ranges);
  for (size_t i = 1; i < ranges.size(); ++i) {
    check(ranges[i - 1].second <= ranges[i].first, "{}: two of its tensors overlap", where);
  }
}

uint64_t alignment_of(const Json& metadata, const std::string& where) {
  const auto found = metadata.find("general.alignment");
  if (found == metadata.end()) return 32;
  check(found->is_number_unsigned() && *found > 0 && *found <= (1U << 20),
        "{}: says an impossible alignment",
        where);
  return found->get<uint64_t>();
}

WeightFile read_one(const std::filesystem::path& path) {
  const auto where = path.string();
  WeightFile file;
  file.files.push_back(std::make_shared<MappedFile>(path));
  const auto bytes = file.files.back()->bytes();
  Cursor cursor(bytes, where);
  const auto magic = cursor.number<uint32_t>();
  check(magic == 0x46554747, "{}: is no GGUF file", where);
  const auto version = cursor.number<uint32_t>();
  check(version == 0 || version % 0x10000 != 0,
        "{}: is big-endian, which is not supported; convert it on a little-endian machine",
        where);
  check(version == 2 || version == 3,
        "{}: is GGUF version {}; this program reads 2 and 3",
        where,
        version);
  const auto tensors = cursor.count(24);
  const auto pairs = cursor.count(13);
  file.metadata = Json::object();
  PairReader reader(cursor);
  for (uint64_t i = 0; i < pairs; ++i) {
    const auto name = cursor.text();
    check(!file.metadata.contains(name), "{}: has '{}' twice", where, name);
    file.metadata[name] = reader.value(cursor.number<uint32_t>());
  }
  std::vector<Described> described;
  for (uint64_t i = 0; i < tensors; ++i) described.push_back(describe(cursor));
  const auto alignment = alignment_of(file.metadata, where);
  const auto start = (cursor.position() + alignment - 1) / alignment * alignment;
  check(
      start <= bytes.size() || described.empty(), "{}: is cut off at byte {}", where, bytes.size());
  std::vector<std::pair<uint64_t, uint64_t>> ranges;
  for (const auto& tensor : described) {
    check(!file.tensors.contains(tensor.name), "{}: has \"{}\" twice", where, tensor.name);
    const auto view = place(tensor, bytes.subspan(start), where);
    ranges.emplace_back(tensor.offset, tensor.offset + view.bytes.size());
    file.tensors[tensor.name] = view;
  }
  check_apart(std::move(ranges), where);
  return file;
}

}  // namespace

bool is_gguf(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) return false;
  return path.extension() == ".gguf" || first_bytes(path, 4) == "GGUF";
}

WeightFile read_gguf_container(const std::filesystem::path& path) {
  const auto shards = split_files(path);
  std::vector<WeightFile> parts;
  size_t tensors = 0;
  for (const auto& shard : shards) tensors += parts.emplace_back(read_one(shard)).tensors.size();
  auto& whole = parts.front();  // the first holds the metadata
  for (size_t i = 0; i < parts.size(); ++i) {
    const auto where = shards[i].string();
    check_split(parts[i], where, {i, parts.size(), tensors});
    if (i == 0) continue;
    whole.files.insert(whole.files.end(), parts[i].files.begin(), parts[i].files.end());
    for (auto& [name, view] : parts[i].tensors) {
      check(whole.tensors.emplace(name, view).second, "{}: has \"{}\" again", where, name);
    }
  }
  return std::move(whole);
}

}  // namespace ww
