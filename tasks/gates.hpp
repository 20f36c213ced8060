// gates.hpp: what a task must show before a model is trained on it, on samples of its own stream.
#pragma once

#include <string>
#include <vector>

#include "tasks/task.hpp"

namespace ww {

struct Gate {
  std::string name;      // "oracle"
  std::string measured;  // in words, with the numbers: "30000 of 30000 questions answered .."
  bool passed = false;
};

struct GateSizes {
  int questions = 10'000;  // of each split, for the oracle and the counts of labels
  int rearranged = 2'000;  // for each invariance
  int guessed = 200'000;   // for each floor's strategy
};

/// The gates that need no model, in this order:
///   oracle        every question's answer can be read from its tokens, in every split
///   labels        every answer is as likely as any other, within 5 standard errors
///   invariances   what the task means holds when it is relabelled or rearranged
///   floors        each floor's strategy, played on samples, scores the floor, within 4 of them
std::vector<Gate> task_gates(const Task& task, const GateSizes& sizes = {});

}  // namespace ww
