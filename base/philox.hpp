// philox.hpp: counter-based random numbers, Philox4x32-10, and the small hashes that name a stream.
//
// A draw is a pure function of (seed, stream, index, how many words came before it), so nothing
// else in the program can move it. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3"
// (SC 2011); FNV-1a by Fowler, Noll and Vo; splitmix64 by Steele, Lea and Flood (OOPSLA 2014).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace ww {

/// Four words of Philox4x32-10 from a counter and a key.
std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

/// FNV-1a of the bytes of `text`.
uint32_t fnv32(std::string_view text);
uint64_t fnv64(std::string_view text);
/// FNV-1a of each token's four bytes, lowest first.
uint64_t fnv64(std::span<const int32_t> tokens);

/// The generator's first output from state `state`: a mixing of 64 bits that loses nothing.
uint64_t splitmix64(uint64_t state);

/// The words of one (seed, stream, index), in order. Key = seed (low, high word);
/// counter = (block of four words, index low, index high, stream).
class Draw {
 public:
  Draw(uint64_t seed, uint64_t index, uint32_t stream);

  /// The next 32 bits.
  uint32_t word();
  /// Uniform on 0 .. n - 1, without bias (Lemire 2019). Throws std::logic_error where n is 0.
  uint32_t below(uint32_t n);
  /// n different numbers of 0 .. count - 1, each ordered choice equally likely (partial
  /// Fisher-Yates). Throws std::logic_error where n is above count.
  std::vector<int32_t> distinct(int count, int n);
  /// Uniform on [0, 1), a multiple of 2^-53; takes two words.
  double uniform();

 private:
  std::array<uint32_t, 2> key_;
  std::array<uint32_t, 4> counter_;
  std::array<uint32_t, 4> words_{};
  int used_ = 4;
};

/// Element `index` of a stream's uniforms on [0, 1), and of its standard normals (Box-Muller, the
/// cosine branch): what parameters are drawn with, a stream for each tensor's name.
double uniform_at(uint64_t seed, uint32_t stream, uint64_t index);
double normal_at(uint64_t seed, uint32_t stream, uint64_t index);

}  // namespace ww
