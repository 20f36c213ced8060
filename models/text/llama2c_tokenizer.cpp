#include "models/text/llama2c_tokenizer.hpp"

#include <cstring>
#include <span>

#include "base/check.hpp"
#include "base/files.hpp"
#include "models/text/llama_bpe.hpp"

namespace ww {

static constexpr size_t kMostPieces = size_t{1} << 18;

bool is_llama2c_tokenizer(const std::filesystem::path& path) { return path.extension() == ".bin"; }

std::unique_ptr<Tokenizer> read_llama2c_tokenizer(const std::filesystem::path& path) {
  const MappedFile file(path);
  auto rest = file.bytes();
  const auto take = [&](size_t size) {
    check(size <= rest.size(), "{}: is cut off, or no llama2.c tokenizer", path.string());
    const auto taken = rest.first(size);
    rest = rest.subspan(size);
    return taken;
  };
  const auto number = [&]<typename T>(T value) {
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  };
  const auto longest = number(int32_t{});
  std::vector<Piece> pieces;
  while (!rest.empty()) {
    check(pieces.size() < kMostPieces, "{}: has more than {} pieces", path.string(), kMostPieces);
    Piece piece;
    piece.score = number(float{});
    const auto length = number(int32_t{});
    check(length >= 0 && length <= longest && piece.score == piece.score,
          "{}: is damaged at piece {}",
          path.string(),
          pieces.size());
    const auto bytes = take(static_cast<size_t>(length));
    piece.text.assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    pieces.push_back(std::move(piece));
  }
  const auto least = static_cast<size_t>(llama2c_bytes().back()) + 1;
  check(pieces.size() >= least,
        "{}: has {} pieces, fewer than there are bytes; it is cut off",
        path.string(),
        pieces.size());
  return std::make_unique<LlamaBpe>(std::move(pieces));
}

}  // namespace ww
