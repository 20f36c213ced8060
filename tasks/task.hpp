// task.hpp: what every task is: a pure function from (split, seed, index) to a string of symbols
// and questions about it, a ladder of floors, and an oracle that answers from the symbols alone.
//
//   position    0   1   2   3   4 |  5   6 |  5   6      a block starts again at n
//   block       0   0   0   0   0 |  1   1 |  2   2      and sees itself and block 0
//   token       q   e   o   h   u |  o  -2 |  h  +1
//   answer      .   .   .   .   . |  .   q |  .   u      graded there, never an input
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace ww {

class Draw;  // base/philox.hpp: one stream of draws

enum class Split { train, val, test };
const char* split_name(Split split);

/// How many tokens a string and each of its blocks hold; drawn once a cohort, so nothing is padded.
struct Shape {
  int n = 0;
  std::vector<int> blocks;  // tokens of query 0, 1, ..
  bool operator==(const Shape&) const = default;
};

/// One question after a string. Places are indices into the string; -1 where a task has none.
struct Query {
  std::vector<int32_t> tokens;  // the block; the last one is the graded place
  int32_t answer = 0;
  int source = -1;  // place that the content names
  int target = -1;  // place of the answer
  int shift = 0;    // target - source as asked; for where-back, minus the places from the end
};

struct Sample {
  std::vector<int32_t> string;
  std::vector<Query> queries;
};

/// The accuracy, 0 to 1, of the best answer from a partial view.
struct Floor {
  std::string view;           // in words
  double accuracy = 0;        // 0 to 1
  double standard_error = 0;  // 0 where the floor is exact
  bool plateau = false;       // the floor that a run without the mechanism settles on
};

/// Something that must hold for every sample because of what the task means.
struct Invariance {
  std::string rule;  // "relabelling letters relabels the answer"
  /// Whether it holds; `draw` chooses the relabelling or the reordering.
  std::function<bool(const Sample& sample, Draw& draw)> holds;
};

/// One option of a task as its table row shows it.
struct TaskOption {
  std::string name;      // as on the command line, without dashes: "n-lo"
  std::string fallback;  // the preset's value, as typed
  std::string help;
};

/// Option name -> value as typed.
using TaskOverrides = std::map<std::string, std::string>;

class Task {
 public:
  virtual ~Task() = default;
  /// Every option in fixed order: `indirect A=16 n=8..12 S=1 query=ck zero=1 redraw=pair
  /// hold=none`. A stream adds its cohort size and the generator's version, and seeds its draws
  /// with the whole.
  virtual std::string text() const = 0;
  /// Raised by any change of what a draw means.
  virtual int version() const = 0;
  /// The symbols as a person reads them, by id; the last one is the filler `_`.
  virtual const std::vector<std::string>& vocabulary() const = 0;
  /// Answers are the ids 0 .. labels() - 1, each as likely as any other.
  virtual int labels() const = 0;
  virtual Shape draw_shape(Draw& draw, int queries) const = 0;
  virtual Sample draw_sample(const Shape& shape, Draw& draw) const = 0;
  /// In the order of the ladder; one of them is the plateau.
  virtual std::vector<Floor> floors() const = 0;
  /// The same over the answers whose shift is not 0; empty for a task without shifts.
  virtual std::vector<Floor> floors_off_zero() const { return {}; }
  /// The answers that the view of floors()[floor] leaves equally likely: its best solver picks one
  /// of them blindly. One may stand there twice.
  virtual std::vector<int32_t> candidates(size_t floor,
                                          const Sample& sample,
                                          const Query& query) const = 0;
  /// The oracle: the answer read from the tokens alone, or -1 where they are no question.
  virtual int32_t solve(std::span<const int32_t> string, std::span<const int32_t> block) const = 0;
  virtual std::vector<Invariance> invariances() const = 0;
  /// Whether a symbol stands at most once in a string, so that a wrong answer tells where it is
  /// from.
  virtual bool symbols_are_distinct() const = 0;
  /// A question and its answer on one line: `b4 d1 a7 d -> 1`, or as a task's source writes it.
  virtual std::string sentence(std::span<const int32_t> string, const Query& query) const;
};

struct TaskRow {
  const char* name;
  const char* isolates;  // "relative where"
  const char* example;   // one line: string, block -> answer
  std::vector<TaskOption> (*options)(const std::string& preset);
  /// Throws InputError for an unknown option, a value that is none, or sizes that cannot work.
  std::unique_ptr<Task> (*make)(const std::string& preset, const TaskOverrides& overrides);
};

/// The table. A new task is one .hpp/.cpp pair and one line in tasks.cpp.
const std::vector<TaskRow>& tasks();
/// Throws InputError that lists the tasks where `name` is none of them.
const TaskRow& task_row(const std::string& name);
/// task_row(name).make(..). Throws InputError for an unknown name, preset or option, each with a
/// list of what there is, and for sizes that cannot work.
std::unique_ptr<Task> make_task(const std::string& name,
                                const std::string& preset,
                                const TaskOverrides& overrides = {});

}  // namespace ww
