// grade.cpp: any program's answers to what `export` wrote, held against the floors.

#include "models/grade.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "base/check.hpp"
#include "base/sha256.hpp"
#include "base/streams.hpp"
#include "cli/commands.hpp"
#include "cli/grade_text.hpp"
#include "cli/run_flags.hpp"
#include "cli/task_flags.hpp"

namespace ww {

namespace {

struct GradeOptions {
  TaskFlags task;
  StreamFlags stream;
  std::string answers, arm, name;
  std::optional<int64_t> count;
  bool json = false;
};

constexpr const char* kFormat =
    "Answers are a JSON object a line, in any order: {\"index\": 17, \"answer\": [3]}, with a "
    "token's "
    "id or a symbol for each of the string's questions. Where the first line is that of the "
    "export, "
    "answers to another one are refused. Every string needs a line.";

void write_record(const GradeOptions& options,
                  const Questions& questions,
                  const GradedAnswers& graded,
                  const std::string& answers) {
  const auto folder = std::filesystem::absolute(options.arm).lexically_normal();
  const auto last = folder.has_filename() ? folder : folder.parent_path();
  write_arm(options.arm,
            questions,
            graded,
            {.name = options.name.empty() ? last.filename().string() : options.name,
             .preset = options.task.preset,
             .answers_sha256 = sha256(answers),
             .command = command_line(),
             .code_version = WW_VERSION});
  tell("{}: an arm for `whatwhere report`\n", options.arm);
}

void grade_answers(const GradeOptions& options) {
  check(options.count.value_or(1) >= 1, "--count must be at least 1 but got {}", *options.count);
  check(options.name.empty() || !options.arm.empty(), "--name needs --arm, whose name it is");
  const Questions questions{
      options.task.name, options.task.make(), options.stream.stream(), options.count.value_or(0)};
  const auto text = read_input(options.answers);
  const auto where = options.answers == "-" ? "standard input" : options.answers;
  const auto answers = read_answers(text, where, questions);
  if (!answers.named) {
    tell(
        "note: {}: does not begin with the export's first line, so that nothing tells whether the "
        "answers are to other questions\n",
        where);
  }
  if (questions.stream.queries > 1) {
    tell("note: intervals take answers as independent; questions after one string are not quite\n");
  }
  const auto graded = grade(questions, answers.tokens);
  if (!options.arm.empty()) write_record(options, questions, graded, text);
  fmt::print(
      "{}",
      options.json ? grade_json(questions, graded).dump(2) + "\n" : grade_text(questions, graded));
}

}  // namespace

void add_grade(CLI::App& app) {
  const auto o = std::make_shared<GradeOptions>();
  auto* command = app.add_subcommand(
      "grade", "Any program's answers to an export: floors beaten, accuracy by slice, errors");
  command->footer(kFormat);
  o->task.add_name(*command);
  command->add_option("answers", o->answers, "File of answers; - is standard input")
      ->required()
      ->type_name("FILE");
  command->add_option(
      "--count",
      o->count,
      fmt::format("How many strings were exported; where not given what the answers' first line "
                  "says, or else {}",
                  kUsualStrings));
  command->add_flag("--json", o->json, "As JSON, accuracies from 0 to 1");
  command
      ->add_option("--arm",
                   o->arm,
                   "Also write this folder, with a record by which `report` shows the answers "
                   "beside trained runs; for answers to the test split")
      ->type_name("FOLDER");
  command->add_option("--name", o->name, "The arm's name in reports; by default the folder's");
  o->stream.add_options(*command);
  o->task.add_options(*command);
  command->callback([o] { grade_answers(*o); });
}

}  // namespace ww
