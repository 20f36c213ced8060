#include "base/sha256.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

#include "base/files.hpp"

namespace ww {

namespace {

/// libcrypto's, which uses the processor's own instructions.
class Sha256 {
 public:
  Sha256() { require(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr)); }
  void add(std::span<const std::byte> bytes) {
    require(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
  }
  std::string finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    require(EVP_DigestFinal_ex(context_.get(), digest.data(), &size));
    std::string digits;
    for (size_t i = 0; i < size; ++i) digits += fmt::format("{:02x}", digest[i]);
    return digits;
  }

 private:
  static void require(int done) {
    if (done != 1) throw std::runtime_error("libcrypto does not compute SHA-256 here");
  }
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free};
};

}  // namespace

std::string sha256(std::string_view text) {
  Sha256 hash;
  hash.add(std::as_bytes(std::span(text)));
  return hash.finish();
}

std::string sha256_of_file(const std::filesystem::path& path) {
  constexpr size_t kSlab = size_t{16} << 20;
  const MappedFile file(path);
  Sha256 hash;
  for (auto rest = file.bytes(); !rest.empty();) {
    const auto slab = rest.first(std::min(kSlab, rest.size()));
    hash.add(slab);
    release_pages(slab);
    rest = rest.subspan(slab.size());
  }
  return hash.finish();
}

}  // namespace ww
