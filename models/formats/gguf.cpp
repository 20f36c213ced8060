#include "models/formats/gguf.hpp"

#include <algorithm>
#include <cstring>
#include <fstream>
#include <set>

#include "base/check.hpp"
#include "models/formats/llama.hpp"

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

Json read_value(Cursor& cursor, uint32_t type, int depth = 0) {
  switch (type) {
    case 0:
      return cursor.number<uint8_t>();
    case 1:
      return cursor.number<int8_t>();
    case 2:
      return cursor.number<uint16_t>();
    case 3:
      return cursor.number<int16_t>();
    case 4:
      return cursor.number<uint32_t>();
    case 5:
      return cursor.number<int32_t>();
    case 6:
      return cursor.number<float>();
    case 7:
      return cursor.number<uint8_t>() != 0;
    case 8:
      return cursor.text();
    case 10:
      return cursor.number<uint64_t>();
    case 11:
      return cursor.number<int64_t>();
    case 12:
      return cursor.number<double>();
    default:
      break;
  }
  check(type == 9 && depth < 4,
        "{}: has a value of unknown type {} at byte {}",
        cursor.where(),
        type,
        cursor.position());
  const auto element = cursor.number<uint32_t>();
  auto list = Json::array();
  const auto many = cursor.count(1);
  for (uint64_t i = 0; i < many; ++i) list.push_back(read_value(cursor, element, depth + 1));
  return list;
}

struct GgufType {
  uint32_t id;
  const char* name;
};

/// ggml's type ids: those that we widen, and names for refusals.
constexpr GgufType kTypes[] = {{0, "F32"},
                               {1, "F16"},
                               {2, "Q4_0"},
                               {3, "Q4_1"},
                               {6, "Q5_0"},
                               {7, "Q5_1"},
                               {8, "Q8_0"},
                               {10, "Q2_K"},
                               {11, "Q3_K"},
                               {12, "Q4_K"},
                               {13, "Q5_K"},
                               {14, "Q6_K"},
                               {28, "F64"},
                               {30, "BF16"}};

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
  const auto width = type_width(tensor.type);
  check(width > 0,
        "{}: \"{}\" is {}; requantise to F32, F16 or BF16",
        where,
        tensor.name,
        tensor.type);
  uint64_t size = width;
  for (const auto dim : tensor.shape) {
    check(dim == 0 || size <= data.size() / static_cast<uint64_t>(dim),
          "{}: \"{}\" is larger than the file; is it cut off?",
          where,
          tensor.name);
    size *= static_cast<uint64_t>(dim);
  }
  check(tensor.offset <= data.size() && size <= data.size() - tensor.offset,
        "{}: \"{}\" ends past the file: it is cut off",
        where,
        tensor.name);
  return {dtype_of(tensor.type), tensor.type, tensor.shape, data.subspan(tensor.offset, size)};
}

void check_apart(std::vector<std::pair<uint64_t, uint64_t>> ranges, const std::string& where) {
  std::ranges::sort(ranges);
  for (size_t i = 1; i < ranges.size(); ++i) {
    check(ranges[i - 1].second <= ranges[i].first, "{}: two of its tensors overlap", where);
  }
}

/// A key of the metadata as a number. Throws InputError where it is missing or none.
template <typename Number>
Number key(const WeightFile& file, const std::string& name, const std::string& where) {
  check(file.metadata.contains(name) && file.metadata[name].is_number(),
        "{}: has no number '{}'; is this a whole model?",
        where,
        name);
  return file.metadata[name].get<Number>();
}

template <typename Number>
Number key_or(const WeightFile& file,
              const std::string& name,
              Number fallback,
              const std::string& where) {
  return file.metadata.contains(name) ? key<Number>(file, name, where) : fallback;
}

ModelConfig config_of(const WeightFile& file, const std::string& where) {
  const auto number = [&](const char* name) {
    return key<int64_t>(file, std::string("llama.") + name, where);
  };
  ModelConfig c;
  c.layers = number("block_count");
  c.width = number("embedding_length");
  c.heads = number("attention.head_count");
  c.hidden = number("feed_forward_length");
  c.train_length = number("context_length");
  c.key_heads = key_or<int64_t>(file, "llama.attention.head_count_kv", c.heads, where);
  check(c.heads > 0 && c.width > 0 && c.width % c.heads == 0 && c.layers > 0 && c.layers < 10'000,
        "{}: says {} heads, {} layers and a width of {}, which cannot be",
        where,
        c.heads,
        c.layers,
        c.width);
  c.head_width = key_or<int64_t>(file, "llama.attention.key_length", c.width / c.heads, where);
  c.norm_epsilon = key<double>(file, "llama.attention.layer_norm_rms_epsilon", where);
  c.tied = !file.tensors.contains("output.weight");
  set_llama_parts(c);
  auto& rope = c.encoding_options;
  rope.base = key_or<double>(file, "llama.rope.freq_base", rope.base, where);
  const auto turning = key_or<int64_t>(file, "llama.rope.dimension_count", c.head_width, where);
  rope.rotary_fraction = static_cast<double>(turning) / static_cast<double>(c.head_width);
  return c;
}

void check_supported(const WeightFile& file, const std::string& where) {
  const auto architecture = file.metadata.value("general.architecture", std::string("none"));
  check(architecture == "llama",
        "{}: is of architecture '{}'; this program reads: llama",
        where,
        architecture);
  for (const auto& [name, value] : file.metadata.items()) {
    check(!name.starts_with("llama.rope.scaling") || value == "none",
          "{}: '{}' is not supported",
          where,
          name);
    check(
        !name.starts_with("llama.expert") || value == 0, "{}: '{}' is not supported", where, name);
  }
}

LlamaNames names() {
  return {.embed = "token_embd.weight",
          .norm = "output_norm.weight",
          .head = "output.weight",
          .attn_norm = "blk.{}.attn_norm.weight",
          .q = "blk.{}.attn_q.weight",
          .k = "blk.{}.attn_k.weight",
          .v = "blk.{}.attn_v.weight",
          .out = "blk.{}.attn_output.weight",
          .mlp_norm = "blk.{}.ffn_norm.weight",
          .gate = "blk.{}.ffn_gate.weight",
          .up = "blk.{}.ffn_up.weight",
          .down = "blk.{}.ffn_down.weight"};
}

}  // namespace

bool is_gguf(const std::filesystem::path& path) {
  char magic[4] = {};
  std::ifstream(path, std::ios::binary).read(magic, 4);
  return path.extension() == ".gguf" || std::memcmp(magic, "GGUF", 4) == 0;
}

WeightFile read_gguf_container(const std::filesystem::path& path) {
  const auto where = path.string();
  WeightFile file;
  file.file = std::make_shared<MappedFile>(path);
  const auto bytes = file.file->bytes();
  Cursor cursor(bytes, where);
  const auto magic = cursor.number<uint32_t>();
  check(magic == 0x46554747, "{}: is no GGUF file", where);
  const auto version = cursor.number<uint32_t>();
  check(version == 2 || version == 3,
        "{}: is GGUF version {}; this program reads 2 and 3",
        where,
        version);
  const auto tensors = cursor.count(24);
  const auto pairs = cursor.count(13);
  file.metadata = Json::object();
  for (uint64_t i = 0; i < pairs; ++i) {
    const auto name = cursor.text();
    check(!file.metadata.contains(name), "{}: has '{}' twice", where, name);
    file.metadata[name] = read_value(cursor, cursor.number<uint32_t>());
  }
  std::vector<Described> described;
  for (uint64_t i = 0; i < tensors; ++i) described.push_back(describe(cursor));
  const auto alignment = key_or<uint64_t>(file, "general.alignment", 32, where);
  check(alignment > 0 && alignment <= (1U << 20), "{}: says an alignment of {}", where, alignment);
  const auto start = (cursor.position() + alignment - 1) / alignment * alignment;
  check(start <= bytes.size(), "{}: is cut off at byte {}", where, bytes.size());
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

SourceModel read_gguf(const std::filesystem::path& path) {
  const auto where = path.string();
  SourceModel source;
  source.format = "gguf";
  source.weights = read_gguf_container(path);
  check_supported(source.weights, where);
  const auto& tensors = source.weights.tensors;
  const auto embed = tensors.find("token_embd.weight");
  check(embed != tensors.end() && embed->second.shape.size() == 2,
        "{}: no tensor 'token_embd.weight'; is this a whole model?",
        where);
  source.config = config_of(source.weights, where);
  source.config.vocabulary = embed->second.shape[0];
  source.stacks = llama_stacks(names(), source.config);
  return source;
}

}  // namespace ww
