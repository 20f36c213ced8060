// choice.hpp: whether a step is queued operator by operator or replayed as graphs, and why.
#pragma once

#include <c10/core/Device.h>

#include <string>

#include "models/run.hpp"

namespace ww {

/// Tokens of a cohort up to which its work can be captured: of more, LibTorch's gradient of an
/// embedding sorts, and waits for the GPU to say how many there were.
inline constexpr int64_t kMostReplayedTokens = 3072;

/// Why a run's steps can't be replayed on a device; empty where they can.
std::string replay_obstacle(const Run& run, c10::Device device);

/// What `--launch eager|graph|auto` means for a run; `auto` replays where it can. Throws InputError
/// for other words, and where `graph` can't be had.
bool replays(const std::string& word, const Run& run, c10::Device device);

}  // namespace ww
