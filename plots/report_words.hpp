// report_words.hpp: numbers and outcomes of runs in the words that reports use.
#pragma once

#include <string>
#include <vector>

#include "plots/markup.hpp"
#include "plots/report_data.hpp"

namespace ww {

/// .7154 -> "71.5 %".
std::string percent(double share);

/// "97.2 % [96.3, 97.8]" with Wilson's 95 % interval; "\u2013" where nothing was asked.
std::string share_with_interval(int64_t right, int64_t asked);

/// "SOLVED at step 750", "not solved within 1,500 steps (stalled)", "unfinished: ..", "not trained
/// here".
std::string outcome(const RunRecord& run);

/// "rope, seed 3"; of what was not trained here the arm's name alone.
std::string run_name(const Arm& arm, const RunRecord& run);

/// "1 run", "3 runs".
std::string counted(size_t count, const std::string& noun);

/// "7.2", "41", "1,234": as many digits as a reader needs.
std::string rounded(double value);

/// Median and, of several values, range: "12 [9, 31]". NaNs are left out; none left: "\u2013".
std::string median_and_range(const std::vector<double>& values);

/// Steps until runs with one budget solved: "mean 800; median 750 [500, > 1,500]", the first number
/// being the restricted mean; "> 1,500" where none did. Runs that did not finish are left out.
std::string steps_to_solve(const Arm& arm);

/// Solved and finished runs.
std::pair<int64_t, int64_t> solve_count(const Arm& arm);

/// A small square of the arm's colour and its name.
Markup arm_label(const Arm& arm);

}  // namespace ww
