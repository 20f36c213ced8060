#include "models/formats/llama2c.hpp"

#include <array>
#include <cmath>
#include <cstring>

#include "base/check.hpp"
#include "models/formats/llama.hpp"

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
  std::vector<Part> parts = {{"embed", {h.vocabulary, C}, false},
                             {"layers.{}.attention_norm", {C}, true},
                             {"layers.{}.wq", {C, C}, true},
                             {"layers.{}.wk", {K, C}, true},
                             {"layers.{}.wv", {K, C}, true},
                             {"layers.{}.wo", {C, C}, true},
                             {"layers.{}.ffn_norm", {C}, true},
                             {"layers.{}.w1", {M, C}, true},
                             {"layers.{}.w2", {C, M}, true},
                             {"layers.{}.w3", {M, C}, true},
                             {"norm", {C}, false},
                             {"cosine", {h.length, h.head_width() / 2}, false},
                             {"sine", {h.length, h.head_width() / 2}, false}};
  if (!h.tied) parts.push_back({"head", {h.vocabulary, C}, false});
  return parts;
}

uint64_t bytes_of(const Part& part) {
  uint64_t count = sizeof(float);
  for (const auto size : part.shape) count *= static_cast<uint64_t>(size);
  return count;
}

uint64_t expected_size(const Header& h) {
  uint64_t size = kHeader;
  for (const auto& part : parts_of(h)) {
    size += bytes_of(part) * (part.layered ? static_cast<uint64_t>(h.layers) : 1);
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

LlamaNames names() {
  return {.embed = "embed",
          .norm = "norm",
          .head = "head",
          .attn_norm = "layers.{}.attention_norm",
          .q = "layers.{}.wq",
          .k = "layers.{}.wk",
          .v = "layers.{}.wv",
          .out = "layers.{}.wo",
          .mlp_norm = "layers.{}.ffn_norm",
          .gate = "layers.{}.w1",
          .up = "layers.{}.w3",
          .down = "layers.{}.w2"};
}

}  // namespace

bool is_llama2c(const std::filesystem::path& path) { return path.extension() == ".bin"; }

SourceModel read_llama2c(const std::filesystem::path& path) {
  const auto where = path.string();
  SourceModel source;
  source.format = "llama2.c";
  source.weights.file = std::make_shared<MappedFile>(path);
  const auto bytes = source.weights.file->bytes();
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
      source.weights.tensors[fmt::format(fmt::runtime(part.name), l)] = {
          Dtype::f32, "F32", part.shape, bytes.subspan(at, size)};
      at += size;
    }
  }
  check_rotation(source.weights, h, where);
  auto& c = source.config;
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
  set_llama_parts(c);
  source.stacks = llama_stacks(names(), c);
  return source;
}

}  // namespace ww
