// questions.hpp: the questions of one `export`, the JSON object that names them, and answers to
// them as any program writes them: a JSON object a line,
//
//   {"format": "whatwhere-export", "version": 1, "task": .., ..}     the first, or none
//   {"index": 17, "answer": [3, "q"]}                                ids or symbols, one a question
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tasks/batch.hpp"

namespace ww {

constexpr int64_t kUsualStrings = 1000;  // of an export

struct Questions {
  std::string name;  // of the task
  std::shared_ptr<const Task> task;
  Stream stream;      // G = 1
  int64_t count = 0;  // strings 0 .. count - 1; 0: what the answers say, or the usual
};

/// What names the questions: format, version, task, text, split, seed, queries, count, and what a
/// reader needs: labels (answers are the ids below), vocabulary (symbols by id).
nlohmann::ordered_json export_header(const Questions& questions);

/// The answers to one export.
struct Answers {
  std::vector<std::vector<int32_t>> tokens;  // by string, one a question
  bool named = false;                        // whether they say which export they answer
};

/// Every line is checked. Throws InputError that begins with `where`, and the line, for what is no
/// such line, belongs to another export, or is missing.
Answers read_answers(std::string_view text, const std::string& where, const Questions& questions);

}  // namespace ww
