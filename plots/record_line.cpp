#include "plots/record_line.hpp"

#include "base/checksum.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

namespace ww {

namespace {

constexpr int64_t kVersion = 1;

RecordedFloor read_floor(const RecordLine& line) {
  return {.view = line.get<std::string>("view"),
          .accuracy = line.get<double>("accuracy"),
          .standard_error = line.amount<double>("standard_error"),
          .plateau = line.get<bool>("plateau")};
}

void read_training(const RecordLine& line, RunHeader& header) {
  header.encoding = line.get<std::string>("encoding");
  header.parameters = line.amount<int64_t>("parameters");
  header.steps = line.amount<int64_t>("steps");
  header.init_seed = line.below("seeds").get<int64_t>("init");
  header.data_seed = line.below("seeds").get<int64_t>("data");
  header.rate = line.amount<double>("rate");
}

void check_counts(const RecordLine& line, int64_t right, int64_t asked) {
  check(asked > 0 && right >= 0 && right <= asked,
        "{}: {} right of {} asked cannot be",
        line.place,
        right,
        asked);
}

}  // namespace

RecordLine read_line(std::string_view text, const std::filesystem::path& path, size_t number) {
  RecordLine line{fmt::format("{}: line {}", path.string(), number), {}};
  check(matches_checksum(text),
        "{}: does not match its checksum (\"crc32\"); the record is damaged",
        line.place);
  check_json(text, line.place);
  line.json = json_or_null<nlohmann::ordered_json>(text);
  check(line.json.is_object(), "{}: is no JSON object; the record is damaged", line.place);
  return line;
}

RunHeader read_header(const RecordLine& line) {
  check(line.text_or_empty("format") == "whatwhere-record",
        "{}: the format is not 'whatwhere-record'; is this a run record?",
        line.place);
  check(line.get<int64_t>("version") == kVersion,
        "{}: version {} of the format; this program reads version {}",
        line.place,
        line.get<int64_t>("version"),
        kVersion);
  RunHeader header{.task = line.get<std::string>("task"),
                   .task_text = line.get<std::string>("task_text"),
                   .preset = line.text_or_empty("preset"),
                   .arm = line.get<std::string>("arm"),
                   .config_hash = line.text_or_empty("config_hash"),
                   .code_version = line.text_or_empty("code_version"),
                   .device = line.text_or_empty("device"),
                   .machine = line.text_or_empty("machine"),
                   .date = line.text_or_empty("date"),
                   .command = line.text_or_empty("command"),
                   .dtype = line.text_or_empty("dtype"),
                   .threads = line.amount_or("threads", 0),
                   .solved_at = line.get<double>("solved_at"),
                   .plateau = line.get<double>("plateau"),
                   .trained = !line.has("trained") || line.get<bool>("trained")};
  if (header.trained) read_training(line, header);
  for (const auto& floor : line.at("floors"))
    header.floors.push_back(read_floor(line.below(floor, "floors")));
  return header;
}

RecordedEvaluation read_evaluation(const RecordLine& line) {
  RecordedEvaluation evaluation{.step = line.amount<int64_t>("step"),
                                .val_acc = line.get<double>("val_acc"),
                                .val_acc_nonzero = line.amount_or_nan("val_acc_nonzero"),
                                .seconds = line.amount_or_nan("seconds"),
                                .train_loss = line.amount_or_nan("train_loss"),
                                .val_loss = line.amount_or_nan("val_loss"),
                                .answers_per_s = line.amount_or_nan("answers_per_s")};
  check(evaluation.val_acc >= 0 && evaluation.val_acc <= 1,
        "{}: 'val_acc' is {}, not between 0 and 1",
        line.place,
        evaluation.val_acc);
  return evaluation;
}

TestResult read_test(const RecordLine& line) {
  TestResult test{.axis = line.get<std::string>("axis"),
                  .condition = line.text_or_empty("condition"),
                  .right = line.get<int64_t>("right"),
                  .asked = line.get<int64_t>("asked"),
                  .slices = {},
                  .pointer_errors = {}};
  check_counts(line, test.right, test.asked);
  if (line.has("slices")) {
    for (const auto& [name, counts] : line.at("slices").items()) {
      for (const auto& element : counts) {
        const auto at = line.below(element, name.c_str());
        const SliceCount count{
            at.get<int64_t>("value"), at.get<int64_t>("right"), at.get<int64_t>("asked")};
        check_counts(at, count.right, count.asked);
        test.slices[name].push_back(count);
      }
    }
  }
  if (line.has("pointer_errors")) {
    for (const auto& [name, count] : line.at("pointer_errors").items()) {
      test.pointer_errors.emplace_back(name, line.value<double>(count, "pointer_errors"));
    }
  }
  return test;
}

Closing read_closing(const RecordLine& line) {
  const auto step = [&](const char* key) {
    return line.has(key) ? std::optional(line.amount<int64_t>(key)) : std::nullopt;
  };
  return {.steps = line.amount<int64_t>("steps"),
          .seconds = line.amount<double>("seconds"),
          .peak_memory = line.amount_or_nan("peak_memory"),
          .solved_step = step("solved_step"),
          .lift_step = step("lift_step"),
          .stopped = line.get<std::string>("stopped"),
          .label = line.get<std::string>("label"),
          .lost = line.has("lost") && line.get<bool>("lost")};
}

}  // namespace ww
