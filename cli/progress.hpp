// progress.hpp: how far a long command is, on standard error: a bar on a terminal, else a plain
// line every few seconds. And Ctrl-C as a wish to stop, asked for between steps.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace ww {

class ProgressBar {
 public:
  /// `unit` is what is counted: "steps".
  ProgressBar(std::string title, std::string unit, int64_t total);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void set_total(int64_t total) { total_ = total; }
  /// Shows at most a few times a second, and always the last.
  void update(int64_t done, const std::string& note);

 private:
  std::string line(const std::string& note) const;

  std::string title_, unit_;
  int64_t total_, first_ = -1, done_ = 0;
  bool terminal_, shown_ = false;
  std::chrono::steady_clock::time_point begun_, last_;
};

/// From here on the first SIGINT, SIGTERM, SIGHUP or SIGUSR1 (SLURM's warning) only sets a flag; a
/// second one of any of them ends the program.
void watch_interrupts();
bool interrupted();

/// Of work that was saved: ends the command with status 128 + the signal, where one came.
void end_if_interrupted();

}  // namespace ww
