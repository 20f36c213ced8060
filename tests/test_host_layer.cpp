// test_host_layer.cpp: the host's version of a warp against the definitions of warp.cuh, and what
// the host layer refuses that a GPU lets pass.

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <csignal>
#include <limits>

#include "models/kernels/cuda/check/warps.hpp"
#include "models/kernels/cuda/trial.cuh"
#include "tests/catch.hpp"

using namespace ww::kernels;
using namespace ww::kernels::cuda;

namespace {

constexpr int kWarps = 4;

double half_of(Element element, uint32_t word, int half) {
  return host::from_element(element, static_cast<uint16_t>(word >> 16 * half));
}

/// A[row][k] and B[k][column] by searching the lane that holds them.
double a_at(Element element, const Trial* warp, int row, int k) {
  const int lane = row % 8 * 4 + k % 8 / 2, i = row / 8 + 2 * (k / 8);
  return half_of(element, warp[lane].a[i], k % 2);
}
double b_at(Element element, const Trial* warp, int k, int column) {
  return half_of(element, warp[column * 4 + k % 8 / 2].b[k / 8], k % 2);
}

/// Number `column` of the row that a lane points at, as copied.
uint32_t row_at(const Trial* warp, int row, int column) {
  if (warp[row].inside == 0) return 0;
  return warp[row].row[column / 2] >> 16 * (column % 2) & 0xFFFFU;
}

void check_products(Element element, const Trial* warp, const Answer* answers) {
  for (int row = 0; row < 16; ++row) {
    for (int column = 0; column < 8; ++column) {
      const int lane = row % 8 * 4 + column / 2, i = row / 8 * 2 + column % 2;
      double sum = warp[lane].c[i];
      for (int k = 0; k < 16; ++k)
        sum += a_at(element, warp, row, k) * b_at(element, warp, k, column);
      CHECK(std::abs(answers[lane].product[i] - sum) < 1e-5);
    }
  }
}

void check_matrices(const Trial* warp, const Answer* answers) {
  for (int lane = 0; lane < kTrialLanes; ++lane) {
    const int g = lane / 4, t = lane % 4;
    for (int m = 0; m < 4; ++m) {
      const uint32_t rows = row_at(warp, 8 * m + g, 2 * t) | row_at(warp, 8 * m + g, 2 * t + 1)
                                                                 << 16;
      const uint32_t across = row_at(warp, 8 * m + 2 * t, g) | row_at(warp, 8 * m + 2 * t + 1, g)
                                                                   << 16;
      CHECK(answers[lane].rows[m] == rows);
      CHECK(answers[lane].across[m] == across);
    }
  }
}

void check_numbers(Element element, const Trial* warp, const Answer* answers) {
  for (int lane = 0; lane < kTrialLanes; ++lane) {
    const auto& answer = answers[lane];
    const auto& trial = warp[lane];
    CHECK(answer.shuffled == warp[lane ^ trial.mask].power);
    CHECK(std::abs(answer.power / std::exp2(static_cast<double>(trial.power)) - 1) < 1e-6);
    CHECK(std::abs(answer.logarithm - std::log2(static_cast<double>(trial.positive))) < 1e-5);
    const double unit = element == Element::bfloat16 ? 0x1p-8 : 0x1p-11;
    CHECK(std::abs(answer.unpacked[0] - trial.low) <= std::abs(trial.low) * unit);
    CHECK(std::abs(answer.unpacked[1] - trial.high) <= std::abs(trial.high) * unit);
    CHECK(half_of(element, answer.packed, 1) == answer.unpacked[1]);
  }
}

/// Runs `work` in a process of its own, which must stop; what it says.
std::string last_words(const std::function<void()>& work) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    std::signal(SIGABRT, SIG_DFL);
    dup2(ends[1], STDERR_FILENO);
    work();
    _exit(0);
  }
  close(ends[1]);
  std::string words;
  char c = 0;
  while (read(ends[0], &c, 1) == 1) words += c;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  CHECK((WIFSIGNALED(status) || WEXITSTATUS(status) != 0));
  return words;
}

/// What a block of 64 threads says when each runs `kernel`.
std::string last_words_of_block(const std::function<void()>& kernel) {
  return last_words([&] { host::run_kernel({1, 1, 1}, 64, 256, kernel); });
}

bool mentions(const std::string& words, const char* part) {
  INFO(words);
  return words.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("The host's warp multiplies, loads, shuffles and rounds as defined", "[host-cuda]") {
  const auto element = GENERATE(Element::bfloat16, Element::float16);
  const auto trials = draw_trials(element, kWarps, 1);
  const auto answers = host_answers(element, trials);
  for (int warp = 0; warp < kWarps; ++warp) {
    const auto first = static_cast<size_t>(warp) * kTrialLanes;
    check_products(element, &trials[first], &answers[first]);
    check_matrices(&trials[first], &answers[first]);
    check_numbers(element, &trials[first], &answers[first]);
  }
}

TEST_CASE("A warp that answers otherwise is found, function by function", "[host-cuda]") {
  const auto trials = draw_trials(Element::bfloat16, kWarps, 2);
  const auto host = host_answers(Element::bfloat16, trials);
  for (const auto& distance : answer_distances(host, host)) CHECK(distance.error == 0);
  const std::function<void(Answer&)> faults[] = {[](auto& a) { a.product[2] += 1e-3F; },
                                                 [](auto& a) { a.rows[3] ^= 1; },
                                                 [](auto& a) { a.across[0] ^= 1; },
                                                 [](auto& a) { a.shuffled += 1; },
                                                 [](auto& a) { a.power *= 1.00001F; },
                                                 [](auto& a) { a.logarithm += 0.01F; },
                                                 [](auto& a) { a.packed ^= 1U << 16; },
                                                 [](auto& a) { a.unpacked[1] = NAN; }};
  for (size_t i = 0; i < std::size(faults); ++i) {
    auto answers = host;
    faults[i](answers[77]);
    const auto found = answer_distances(answers, host);
    for (size_t j = 0; j < found.size(); ++j) CHECK(found[j].holds() == (i != j));
  }
}

TEST_CASE("Every number of 16 bits survives widening, and ties round to even", "[host-cuda]") {
  size_t wrong = 0;
  for (const auto element : {Element::bfloat16, Element::float16}) {
    const unsigned infinity = element == Element::bfloat16 ? 0x7F80 : 0x7C00;
    for (unsigned bits = 0; bits < 0x10000; ++bits) {
      const float wide = host::from_element(element, static_cast<uint16_t>(bits));
      const bool is_nan = (bits & 0x7FFF) > infinity;
      const auto back = host::to_element(element, wide);
      wrong += is_nan ? !std::isnan(wide) || back != 0x7FFF : back != bits;
      if ((bits & 0x7FFF) >= infinity) continue;
      // halfway to the next number goes to the even one of the two
      const float next = host::from_element(element, static_cast<uint16_t>(bits + 1));
      if ((bits & 0x7FFF) + 1 == infinity) continue;
      wrong += host::to_element(element, wide + (next - wide) / 2) != bits + bits % 2;
    }
  }
  CHECK(wrong == 0);
  CHECK(host::from_float16(0x0001) == 0x1p-24F);
  CHECK(host::to_float16(65519.99F) == 0x7BFF);
  CHECK(host::to_float16(65520.0F) == 0x7C00);
  CHECK(host::from_bfloat16(0x3FC0) == 1.5F);
}

TEST_CASE("Powers and logarithms keep what is no number, and drop denormals", "[host-cuda]") {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  CHECK(power_of_two(-kInfinity) == 0);
  CHECK(power_of_two(-126.5F) == 0);
  CHECK(power_of_two(kInfinity) == kInfinity);
  CHECK(log_two(0) == -kInfinity);
  CHECK(std::isnan(power_of_two(NAN)));
  CHECK(std::isnan(log_two(NAN)));
}

TEST_CASE("Shared memory begins as NaN, and a copy is there after its wait", "[host-cuda]") {
  std::vector<uint4> source(32, uint4{1, 2, 3, 4});
  int early = 0, late = 0;
  host::run_kernel({1, 1, 1}, 32, 512, [&] {
    WW_SHARED(memory);
    auto* const mine = reinterpret_cast<uint32_t*>(memory) + 4 * threadIdx.x;
    copy_async(mine, &source[threadIdx.x], true);
    const bool before = mine[2] == 0xFFFFFFFFU;
    wait_copies();
    const bool after = mine[2] == 3;
    __syncthreads();
    if (threadIdx.x == 7) early = before, late = after;
  });
  CHECK(early == 1);
  CHECK(late == 1);
}

TEST_CASE("Threads that part company are found, and the host says where they wait", "[host-cuda]") {
  const auto missing = last_words_of_block([] {
    if (threadIdx.x != 5) shuffle_xor(1, 1);
  });
  CHECK(mentions(missing, "from thread 5 on: in nothing, it has ended"));
  const auto other = last_words_of_block([] {
    if (threadIdx.x != 5) return void(shuffle_xor(1, 1));
    uint32_t r[4];
    alignas(16) static uint32_t row[4];
    load_matrices(r, row);
  });
  CHECK(mentions(other, "different collectives"));
  const auto elsewhere = last_words_of_block([] {
    if (threadIdx.x < 32) __syncthreads();
    __syncthreads();
  });
  CHECK(mentions(elsewhere, "different __syncthreads, lines"));
  const auto skipped = last_words_of_block([] {
    if (threadIdx.x < 32) __syncthreads();
  });
  CHECK(mentions(skipped, "from thread 32 on: in nothing, it has ended"));
}

TEST_CASE("A barrier in a loop that one warp passes less often is found", "[host-cuda]") {
  const auto words = last_words_of_block([] {
    for (int i = 0; i < (threadIdx.x < 32 ? 2 : 1); ++i) __syncthreads();
  });
  CHECK(mentions(words, "wait for one that never comes"));
}

TEST_CASE("Addresses that a GPU would refuse are refused", "[host-cuda]") {
  alignas(16) static unsigned char bytes[64];
  const auto row = last_words_of_block([] {
    uint32_t r[4];
    load_matrices(r, bytes + 2);
  });
  CHECK(mentions(row, "multiple of 16 bytes"));
  const auto copy = last_words_of_block([] { copy_async(bytes + 8, bytes, true); });
  CHECK(mentions(copy, "multiple of 16 bytes"));
#if !defined(WW_HOST_THREADS) && !defined(__SANITIZE_ADDRESS__)
  const auto past = last_words_of_block([] {
    WW_SHARED(memory);
    memory[256] = 0;
  });
  CHECK(mentions(past, "past its shared memory"));
#endif
}
