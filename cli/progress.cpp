#include "cli/progress.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <utility>

#include "base/streams.hpp"

namespace ww {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kStops[] = {SIGINT, SIGTERM, SIGHUP, SIGUSR1};

volatile std::sig_atomic_t stop_signal = 0;

void note_signal(int signal) {
  stop_signal = signal;
  for (const int stop : kStops) std::signal(stop, SIG_DFL);
}

/// Columns of the terminal on standard error, 80 where it does not say.
size_t terminal_width() {
  winsize size{};
  const bool told = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return told ? size.ws_col : 80;
}

std::string clock_time(double seconds) {
  const auto whole = static_cast<int64_t>(seconds);
  return whole >= 3600 ? fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
                       : fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

ProgressBar::ProgressBar(std::string title, std::string unit, int64_t total)
    : title_(std::move(title)),
      unit_(std::move(unit)),
      total_(total),
      terminal_(isatty(STDERR_FILENO) != 0),
      begun_(Clock::now()),
      last_(begun_) {}

ProgressBar::~ProgressBar() {
  if (terminal_ && shown_) tell("\n");
}

std::string ProgressBar::line(const std::string& note) const {
  const double elapsed = std::chrono::duration<double>(Clock::now() - begun_).count();
  const auto counted = static_cast<double>(done_ - first_);
  const double rate = elapsed > 0 ? counted / elapsed : 0;
  const auto left = static_cast<double>(total_ - done_);
  const auto remaining = rate > 0 ? clock_time(left / rate) + " left" : std::string("-:-- left");
  constexpr int64_t kWidth = 20;
  const auto filled = static_cast<size_t>(total_ > 0 ? kWidth * done_ / total_ : kWidth);
  const auto bar = terminal_ ? fmt::format("[{:<20}] ", std::string(filled, '#')) : std::string();
  return fmt::format("{} {}{}/{} {}, {:.1f} a second, {}{}",
                     title_,
                     bar,
                     done_,
                     total_,
                     unit_,
                     rate,
                     remaining,
                     note);
}

void ProgressBar::update(int64_t done, const std::string& note) {
  if (first_ < 0) first_ = std::max<int64_t>(done - 1, 0);
  done_ = done;
  const auto now = Clock::now();
  const auto pause = terminal_ ? std::chrono::milliseconds(200) : std::chrono::milliseconds(5000);
  if (now - last_ < pause && done < total_) return;
  last_ = now;
  shown_ = true;
  if (terminal_) {
    tell("\r\033[K{}", line(note).substr(0, terminal_width() - 1));
  } else {
    tell("{}\n", line(note));
  }
}

void watch_interrupts() {
  for (const int stop : kStops) std::signal(stop, note_signal);
}

bool interrupted() { return stop_signal != 0; }

void end_if_interrupted() {
  if (interrupted()) throw CLI::RuntimeError(128 + stop_signal);
}

}  // namespace ww
