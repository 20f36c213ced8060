// timing.hpp: things timed in turn in one run. Wall time and the process's own CPU time side by
// side: with other work on the same cores the first doubles, the second hardly moves.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "models/device.hpp"

namespace ww::bench {

/// One thread, and memory kept as whatwhere itself keeps it.
inline void run_as_program() {
  keep_freed_memory();
  make_deterministic(1);
}

/// Of one round, ms.
struct Times {
  double wall = 0, cpu = 0;
};

inline Times time_here(const std::function<void()>& work) {
  const auto cpu_now = [] {
    timespec t{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e3 + static_cast<double>(t.tv_nsec) * 1e-6;
  };
  const double cpu = cpu_now();
  const auto begun = std::chrono::steady_clock::now();
  work();
  const auto wall = std::chrono::steady_clock::now() - begun;
  return {std::chrono::duration<double, std::milli>(wall).count(), cpu_now() - cpu};
}

struct Spread {
  double low, middle, high;
};
inline Spread spread(std::vector<double> values) {
  std::ranges::sort(values);
  return {values.front(), values[values.size() / 2], values.back()};
}

/// One thing under test: `round` does the same work each time.
struct Contestant {
  std::string name;
  std::function<Times()> round;
  std::vector<double> wall, cpu;
};

/// `work` as often a round as takes about a tenth of a second; times are of once.
inline Contestant repeated(const std::string& name, const std::function<void()>& work) {
  work();
  const auto once = time_here(work).wall;
  const int repeats = std::max(1, static_cast<int>(100 / once));
  const auto round = [=] {
    const auto times = time_here([&] {
      for (int i = 0; i < repeats; ++i) work();
    });
    return Times{times.wall / repeats, times.cpu / repeats};
  };
  return {name, round, {}, {}};
}

/// A round of each in turn, the first one dropped.
inline void run_rounds(std::vector<Contestant>& all, int rounds) {
  for (int round = 0; round <= rounds; ++round) {
    for (auto& one : all) {
      const auto times = one.round();
      if (round == 0) continue;
      one.wall.push_back(times.wall);
      one.cpu.push_back(times.cpu);
    }
  }
}

/// Ratios round by round, so that what slows a whole round cancels.
inline Spread ratio(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> values;
  for (size_t i = 0; i < a.size(); ++i) values.push_back(a[i] / b[i]);
  return spread(std::move(values));
}

inline void print_times(const Contestant& one) {
  const auto wall = spread(one.wall), cpu = spread(one.cpu);
  fmt::print(
      "  {:<26} {:8.3f} ms (min {:.3f}, max {:.3f})   cpu {:8.3f} (min {:.3f}, max {:.3f})\n",
      one.name,
      wall.middle,
      wall.low,
      wall.high,
      cpu.middle,
      cpu.low,
      cpu.high);
}

/// `a` over `b`; `bar` in words: "at most 0.30".
inline void print_ratio(const Contestant& a, const Contestant& b, const std::string& bar) {
  const auto wall = ratio(a.wall, b.wall), cpu = ratio(a.cpu, b.cpu);
  fmt::print("  {:<52} {:.3f} (min {:.3f}, max {:.3f})   cpu {:.3f}   {}\n",
             a.name + " / " + b.name,
             wall.middle,
             wall.low,
             wall.high,
             cpu.middle,
             bar);
}

/// The first number of /proc/loadavg: what else the machine does.
inline std::string load_average() {
  std::ifstream file("/proc/loadavg");
  std::string word = "unknown";
  file >> word;
  return word;
}

}  // namespace ww::bench
