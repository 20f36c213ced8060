// choice.hpp: whether a step is queued operator by operator or replayed as graphs, and why.
#pragma once

#include <c10/core/Device.h>

#include <string>

#include "models/run.hpp"

namespace ww {

/// Why a run's steps can't be replayed on a device; empty where they can.
std::string replay_obstacle(const Run& run, c10::Device device);

/// What `--launch eager|graph|auto` means for a run; `auto` replays where it can. Throws InputError
/// for other words, and where `graph` can't be had.
bool replays(const std::string& word, const Run& run, c10::Device device);

}  // namespace ww
