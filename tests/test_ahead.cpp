// test_ahead.cpp: what is made ahead is what would have been made when it is taken.

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>

#include "base/ahead.hpp"
#include "tests/catch.hpp"

using namespace ww;

TEST_CASE("What is made ahead comes in order, and no further than asked", "[ahead]") {
  for (const size_t depth : {0, 1, 3}) {
    std::atomic<size_t> made = 0;
    Ahead<int64_t> squares(
        [&](int64_t n) {
          ++made;
          return n * n;
        },
        5,
        depth);
    for (size_t taken = 1; taken < 50; ++taken) {
      const auto n = 4 + static_cast<int64_t>(taken);
      CHECK(squares.take() == n * n);
      CHECK(made <= taken + depth);
    }
  }
}

TEST_CASE("Another thread makes what is made ahead, the caller what is not", "[ahead]") {
  const auto here = std::this_thread::get_id();
  const auto who = [](int64_t) { return std::this_thread::get_id(); };
  CHECK(Ahead<std::thread::id>(who, 0, 0).take() == here);
  CHECK(Ahead<std::thread::id>(who, 0, 2).take() != here);
}

TEST_CASE("What fails ahead fails when it is taken", "[ahead]") {
  for (const size_t depth : {0, 2}) {
    Ahead<int64_t> some(
        [](int64_t n) {
          if (n == 2) throw std::runtime_error("no third one");
          return n;
        },
        0,
        depth);
    CHECK(some.take() == 0);
    CHECK(some.take() == 1);
    CHECK_THROWS_WITH(some.take(), "no third one");
  }
}

TEST_CASE("Whoever ends early leaves no thread behind", "[ahead]") {
  std::atomic<int> begun = 0, ended = 0;
  try {
    Ahead<int> slow(
        [&](int64_t) {
          ++begun;
          std::this_thread::sleep_for(std::chrono::milliseconds(20));
          return ++ended;
        },
        0,
        3);
    slow.take();
    throw std::runtime_error("enough");
  } catch (const std::runtime_error&) {
    CHECK(begun >= 1);
    CHECK(ended == begun);
  }
}
