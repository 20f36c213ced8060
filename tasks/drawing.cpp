#include "tasks/drawing.hpp"

namespace ww {

/// Appends a token's name and returns the column of its last character.
static size_t append(std::string& line, const std::string& name) {
  line += name;
  return line.size() - 1;
}

static std::string drawn(const Task& task, const Sample& sample, const Query& query) {
  const auto& names = task.vocabulary();
  std::string line;
  size_t read = 0, graded = 0;
  for (int place = 0; place < std::ssize(sample.string); ++place) {
    const size_t column = append(line, names[sample.string[place]]);
    if (place == query.target) read = column;
    line += ' ';
  }
  for (const int32_t token : query.tokens) {
    line += ' ';
    graded = append(line, names[token]);
  }
  std::string marks(graded + 1, ' ');
  if (query.target >= 0) marks[read] = '=';
  marks[graded] = '^';
  return line + " -> " + names[query.answer] + "\n" + marks + "\n";
}

std::string drawing(const Task& task, const Sample& sample) {
  std::string lines;
  for (const auto& query : sample.queries) lines += drawn(task, sample, query);
  return lines;
}

}  // namespace ww
