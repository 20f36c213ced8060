#include "models/questions.hpp"

#include <map>
#include <optional>
#include <unordered_map>

#include "base/check.hpp"
#include "models/config_json.hpp"

namespace ww {

namespace {

using Json = nlohmann::json;

constexpr const char* kFormat = "whatwhere-export";
constexpr int kVersion = 1;

/// Of a key that says which questions: what both sides have, where that is short.
void check_same(const Json& theirs,
                const Json& ours,
                const std::string& key,
                const std::string& where) {
  const auto& stated = member(theirs, key, where);
  if (stated == ours) return;
  check(!ours.is_array(), "{}: these answers are to another export: \"{}\" differs", where, key);
  refuse("{}: these answers are to another export: \"{}\" is {} there and {} by the options here",
         where,
         key,
         stated.dump(-1, ' ', false, Json::error_handler_t::replace),
         ours.dump());
}

/// The first line of an export; sets the count where the options leave it open.
void take_header(const Json& line, const std::string& where, Questions& questions) {
  if (questions.count == 0) {
    read_member(line, "count", questions.count, where);
    check(questions.count > 0, "{}: \"count\" must be at least 1", where);
  }
  const Json expected = export_header(questions);
  for (const auto& [key, value] : expected.items()) check_same(line, value, key, where);
  for (const auto& [key, value] : line.items()) {
    check(expected.contains(key), "{}: unknown key \"{}\"", where, key);
  }
}

/// Ids by symbol and the words of one task.
class Symbols {
 public:
  explicit Symbols(const std::vector<std::string>& vocabulary) : count_(vocabulary.size()) {
    for (size_t id = 0; id < count_; ++id) ids_.emplace(vocabulary[id], static_cast<int32_t>(id));
  }

  int32_t id_of(const Json& answer, const std::string& where) const {
    if (answer.is_string()) {
      const auto found = ids_.find(answer.get<std::string>());
      check(found != ids_.end(),
            "{}: \"{}\" is no symbol of the task; the export's vocabulary lists them",
            where,
            answer.get<std::string>());
      return found->second;
    }
    check(fits<int64_t>(answer),
          "{}: an answer must be a symbol or a token's id but is {}",
          where,
          answer.dump());
    check(fits<uint64_t>(answer) && answer.get<uint64_t>() < count_,
          "{}: {} is no token; ids are 0 to {}",
          where,
          answer.dump(),
          count_ - 1);
    return answer.get<int32_t>();
  }

 private:
  size_t count_;
  std::map<std::string, int32_t> ids_;
};

/// The answers of one line, one a question; of one question they may stand without a list.
std::vector<int32_t> tokens_of(const Json& answer,
                               int queries,
                               const Symbols& symbols,
                               const std::string& where) {
  const auto list = answer.is_array() ? answer : Json::array({answer});
  check(list.size() == static_cast<size_t>(queries),
        "{}: \"answer\" holds {} but the string has {} (--queries)",
        where,
        list.size(),
        queries);
  std::vector<int32_t> tokens;
  for (const auto& each : list) tokens.push_back(symbols.id_of(each, where));
  return tokens;
}

/// What the lines say so far.
class Lines {
 public:
  explicit Lines(Questions questions)
      : questions_(std::move(questions)), symbols_(questions_.task->vocabulary()) {}

  void add(std::string_view text, const std::string& file, size_t number) {
    const auto where = fmt::format("{}: line {}", file, number);
    const auto line = parse_json(text, where);
    check(line.is_object(), "{}: is no JSON object", where);
    if (!begun_ && line.contains("format")) {
      take_header(line, where, questions_);
      named_ = true;
    } else {
      answer(line, where, number);
    }
    begun_ = true;
  }

  Answers answers(const std::string& file) && {
    const auto count = static_cast<size_t>(strings());
    Answers all{{}, named_};
    all.tokens.reserve(given_.size());
    for (size_t i = 0; i < count; ++i) {
      const auto found = given_.find(i);
      check(found != given_.end(),
            "{}: no answers for {} of {} strings, the first with index {} (--count says how many "
            "were exported)",
            file,
            count - given_.size(),
            count,
            i);
      all.tokens.push_back(std::move(found->second.tokens));
    }
    return all;
  }

 private:
  struct Given {
    size_t line = 0;
    std::vector<int32_t> tokens;
  };

  int64_t strings() const { return questions_.count > 0 ? questions_.count : kUsualStrings; }

  void answer(const Json& line, const std::string& where, size_t number) {
    for (const auto& [key, value] : line.items()) {
      check(key == "index" || key == "answer",
            "{}: unknown key \"{}\"; a line has \"index\" and \"answer\"",
            where,
            key);
    }
    uint64_t index = 0;
    read_member(line, "index", index, where);
    check(index < static_cast<uint64_t>(strings()),
          "{}: there is no string {}; they are 0 to {} (--count says how many were exported)",
          where,
          index,
          strings() - 1);
    auto tokens =
        tokens_of(member(line, "answer", where), questions_.stream.queries, symbols_, where);
    const auto [at, fresh] = given_.try_emplace(index, Given{number, std::move(tokens)});
    check(fresh, "{}: index {} stands twice; line {} has it", where, index, at->second.line);
  }

  Questions questions_;
  Symbols symbols_;
  std::unordered_map<uint64_t, Given> given_;
  bool begun_ = false, named_ = false;
};

}  // namespace

nlohmann::ordered_json export_header(const Questions& questions) {
  const auto& [name, task, stream, count] = questions;
  return {{"format", kFormat},
          {"version", kVersion},
          {"task", name},
          {"text", stream_text(*task, stream)},
          {"split", split_name(stream.split)},
          {"seed", stream.seed},
          {"queries", stream.queries},
          {"count", count},
          {"labels", task->labels()},
          {"vocabulary", task->vocabulary()}};
}

Answers read_answers(std::string_view text, const std::string& where, const Questions& questions) {
  Lines lines(questions);
  for (size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \t\r") != line.npos) lines.add(line, where, number);
  }
  return std::move(lines).answers(where);
}

}  // namespace ww
