#include "models/formats/llama2c.hpp"

#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "base/check.hpp"
#include "models/formats/names.hpp"

namespace ww {

namespace {

constexpr size_t kHeader = 7 * sizeof(int32_t);

struct Header {
  int64_t dim, hidden, layers, heads, key_heads, vocabulary, length;
  bool tied;
  int64_t head_width() const { return dim / heads; }
};

Header parse_header(std::span<const std::byte> bytes, const std::string& where) {
  check(bytes.size() >= kHeader,
        "{}: is cut off: {} bytes hold no llama2.c header",
        where,
        bytes.size());
  std::array<int32_t, 7> word{};
  std::memcpy(word.data(), bytes.data(), kHeader);
  check(word[0] != 0x616b3432,
        "{}: is a llama2.c file of version 1 or later; export it with --version 0",
        where);
  const Header h{word[0],
                 word[1],
                 word[2],
                 word[3],
                 word[4],
                 std::abs(int64_t{word[5]}),
                 word[6],
                 word[5] > 0};
  for (const auto size :
       {h.dim, h.hidden, h.layers, h.heads, h.key_heads, h.vocabulary, h.length}) {
    check(size > 0 && size < (int64_t{1} << 24),
          "{}: its header holds an impossible size, {}",
          where,
          size);
  }
  check(h.layers <= kLayerLimit, "{}: its header says {} layers, which cannot be", where, h.layers);
  check(h.dim % h.heads == 0 && h.heads % h.key_heads == 0 && h.head_width() % 2 == 0,
        "{}: its header says {} heads and {} key heads for a width of {}, which cannot be",
        where,
        h.heads,
        h.key_heads,
        h.dim);
  return h;
}

struct Part {
  std::string name;  // "{}" is the layer
  std::vector<int64_t> shape;
  bool layered;
};

/// The file's tensors in their order.
std::vector<Part> parts_of(const Header& h) {
  const auto C = h.dim, K = h.key_heads * h.head_width(), M = h.hidden;
  std::vector<Part> parts = {{"embed.weight", {h.vocabulary, C}, false},
                             {"layers.{}.attention_norm.weight", {C}, true},
                             {"layers.{}.wq.weight", {C, C}, true},
                             {"layers.{}.wk.weight", {K, C}, true},
                             {"layers.{}.wv.weight", {K, C}, true},
                             {"layers.{}.wo.weight", {C, C}, true},
                             {"layers.{}.ffn_norm.weight", {C}, true},
                             {"layers.{}.w1.weight", {M, C}, true},
                             {"layers.{}.w2.weight", {C, M}, true},
                             {"layers.{}.w3.weight", {M, C}, true},
                             {"norm.weight", {C}, false},
                             {"cosine", {h.length, h.head_width() / 2}, false},
                             {"sine", {h.length, h.head_width() / 2}, false}};
  if (!h.tied) parts.push_back({"head.weight", {h.vocabulary, C}, false});
  return parts;
}

/// a b, or the largest number where it has no room: no file is that long.
uint64_t times(uint64_t a, uint64_t b) { return b != 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b; }

uint64_t bytes_of(const Part& part) {
  uint64_t count = sizeof(float);
  for (const auto size : part.shape) count = times(count, static_cast<uint64_t>(size));
  return count;
}

uint64_t expected_size(const Header& h) {
  uint64_t size = kHeader;
  for (const auto& part : parts_of(h)) {
    const auto more = times(bytes_of(part), part.layered ? static_cast<uint64_t>(h.layers) : 1);
    size = more > UINT64_MAX - size ? UINT64_MAX : size + more;
  }
  return size;
}

void check_rotation(const WeightFile& file, const Header& h, const std::string& where) {
  const auto cosine = widen("cosine", file.tensors.at("cosine"));
  const auto F = h.head_width() / 2;
  for (int64_t c = 0; h.length > 1 && c < F; ++c) {
    const double theta = std::pow(10000.0, -static_cast<double>(c) / static_cast<double>(F));
    const double stored = cosine[static_cast<size_t>(F + c)];
    check(std::abs(stored - std::cos(theta)) < 1e-5,
          "{}: its rotation table is not of base 10000 (cos of frequency {} is {}); not supported",
          where,
          c,
          stored);
  }
}

TensorNames names() {
  return {.embed = "embed",
          .norm = "norm",
          .head = "head",
          .attn_norm = "layers.{l}.attention_norm",
          .mlp_norm = "layers.{l}.ffn_norm",
          .q = "layers.{l}.wq",
          .k = "layers.{l}.wk",
          .v = "layers.{l}.wv",
          .out = "layers.{l}.wo",
          .gate = "layers.{l}.w1",
          .up = "layers.{l}.w3",
          .down = "layers.{l}.w2"};
}

ModelConfig config_of(const Header& h) {
  ModelConfig c;
  c.vocabulary = h.vocabulary;
  c.width = h.dim;
  c.layers = h.layers;
  c.heads = h.heads;
  c.key_heads = h.key_heads;
  c.head_width = h.head_width();
  c.hidden = h.hidden;
  c.norm_epsilon = 1e-5;
  c.tied = h.tied;
  c.train_length = h.length;
  c.activation = "silu";
  c.gated = true;
  c.encoding = "rope";
  c.encoding_options.layout = "adjacent";
  return c;
}

}  // namespace

bool is_llama2c(const std::filesystem::path& path) { return path.extension() == ".bin"; }

SourceModel read_llama2c(const std::filesystem::path& path) {
  const auto where = path.string();
  SourceModel source{.format = "llama2.c", .family = "llama", .paths = {path}};
  source.weights.files.push_back(std::make_shared<MappedFile>(path));
  const auto bytes = source.weights.files.back()->bytes();
  const auto h = parse_header(bytes, where);
  check(bytes.size() == expected_size(h),
        "{}: has {} bytes, its header says {}; is it cut off?",
        where,
        bytes.size(),
        expected_size(h));
  uint64_t at = kHeader;
  for (const auto& part : parts_of(h)) {
    for (int64_t l = 0; l < (part.layered ? h.layers : 1); ++l) {
      const auto size = bytes_of(part);
      const auto name = fmt::format(fmt::runtime(part.name), l);
      source.weights.tensors[name] =
          make_view(name, "F32", part.shape, bytes.subspan(at, size), where);
      at += size;
    }
  }
  check_rotation(source.weights, h, where);
  source.weights.tensors.erase("cosine");
  source.weights.tensors.erase("sine");
  source.config = config_of(h);
  source.stacks = stacks_of(names(), source.config);
  return source;
}

}  // namespace ww
