// test_cli_config.cpp: --config FILE.toml stands for options that were not typed; options without
// use.

#include <fmt/format.h>

#include "base/files.hpp"
#include "tests/catch.hpp"
#include "tests/program.hpp"

using namespace ww;
using Catch::Matchers::Contains;

namespace {

/// What `floors indirect` prints first: the task's text.
std::string text_of(const std::string& arguments) {
  const auto ran = test::run_program("floors indirect " + arguments);
  REQUIRE(ran.status == 0);
  return ran.output.substr(0, ran.output.find('\n'));
}

}  // namespace

TEST_CASE("A configuration file sets options, and what is typed wins", "[cli]") {
  const test::TemporaryFolder folder;
  const auto file = folder / "a.toml";
  write_file(
      file, "# comment\npreset = \"cpu\"\nletters = 20\n[train]\nsteps = 5\n[floors]\nreach = 2\n");
  const auto config = " --config " + file.string();
  CHECK_THAT(text_of(config), Contains("A=20 n=8..12 S=2 query=ck"));
  CHECK_THAT(text_of(config + " --letters 18"), Contains("A=18"));
  CHECK_THAT(text_of("--letters=18" + config), Contains("A=18"));
  CHECK_THAT(text_of("--config=" + file.string()), Contains("A=20"));
  write_file(file, "json = true\n");
  CHECK(test::run_program("floors indirect" + config).output.front() == '{');
}

TEST_CASE("A configuration file that is wrong is refused by name", "[cli]") {
  const test::TemporaryFolder folder;
  const auto file = folder / "a.toml";
  const auto refused = [&](const std::string& content) {
    write_file(file, content);
    return test::refused_program("floors indirect --config " + file.string());
  };
  CHECK_THAT(refused("letter = 20\n"),
             Contains("a.toml") && Contains("'letter'") && Contains("--letters"));
  CHECK_THAT(refused("[florists]\nletters = 20\n"), Contains("[florists]") && Contains("floors"));
  CHECK_THAT(refused("letters = \"many\"\n"), Contains("--letters"));
  CHECK_THAT(refused("config = \"b.toml\"\n"), Contains("'config'"));
  CHECK_THAT(refused("just words\n"), Contains("a.toml"));
  CHECK_THAT(test::refused_program("floors indirect --config nowhere.toml"),
             Contains("nowhere.toml"));
  CHECK_THAT(test::refused_program("floors indirect --config"), Contains("needs a file"));
}

TEST_CASE("A typed input stands in the place of another that the file names", "[cli]") {
  const test::TemporaryFolder folder;
  const auto data = test::source_root() / "data";
  const auto file = folder / "a.toml";
  write_file(file, "text = \"nowhere.txt\"\ntexts = 9\n[score]\ntexts = 1\n");
  write_file(folder / "a.ids", "1 2 3\n4 5 6\n");
  const auto score = fmt::format("score {} --threads 1 --config {} ",
                                 (data / "stories260k/stories260K.bin").string(),
                                 file.string());
  const auto ran = test::run_program(score + "--ids " + (folder / "a.ids").string());
  CHECK(ran.status == 0);
  CHECK_THAT(ran.output, Contains("text 1") && !Contains("text 2"));
  write_file(file, "text = \"a.txt\"\nids = \"a.ids\"\n");
  CHECK_THAT(test::refused_program(score), Contains("--text") && Contains("--ids"));
}

TEST_CASE("The loss, which an ablation measures in any case, may be asked for", "[cli]") {
  const test::TemporaryFolder folder;
  const auto data = test::source_root() / "data";
  const auto ran = test::run_program(
      fmt::format("ablate {} --text {} --texts 2 --window 16 --metrics usage,loss --interventions "
                  "zero -o {}",
                  (data / "stories260k/stories260K.bin").string(),
                  (data / "sonnets/sonnets.txt").string(),
                  (folder / "a.h5").string()));
  CHECK(ran.status == 0);
  CHECK_THAT(ran.output, Contains("zero") && !Contains("averaged"));
}

TEST_CASE("Options that nothing would read are refused", "[cli]") {
  const test::TemporaryFolder folder;
  const auto refused = [&](const std::string& words) {
    const auto line =
        test::refused_program(fmt::format("{} -o {} --texts 2", words, (folder / "a.h5").string()));
    CHECK(std::filesystem::is_empty(folder.path()));
    return line;
  };
  const auto data = test::source_root() / "data";
  const auto ablate = fmt::format("ablate {} --text {} ",
                                  (data / "stories260k/stories260K.bin").string(),
                                  (data / "sonnets/sonnets.txt").string());
  CHECK_THAT(refused(ablate + "--bands 4"), Contains("--bands is about layers one by one"));
  CHECK_THAT(refused(ablate + "--controls 2"), Contains("--controls is about layers"));
  CHECK_THAT(refused(ablate + "--factor 2"), Contains("--interventions attenuate"));
  CHECK_THAT(refused(ablate + "--interventions derotate --range 64"),
             Contains("unshift and unscale"));
  CHECK_THAT(refused(ablate + "--interventions zero,unshift,zero"), Contains("zero twice"));
}

namespace {

/// What `score` says of the text file that a configuration names; the value is in the sentence.
std::string value_of(const std::filesystem::path& file, const std::string& content) {
  write_file(file, content);
  const auto model = (test::source_root() / "data/stories260k/stories260K.bin").string();
  return test::refused_program("score " + model + " --config " + file.string());
}

}  // namespace

TEST_CASE("Strings of a configuration file are those of TOML", "[cli][toml]") {
  const test::TemporaryFolder folder;
  const std::vector<std::pair<std::string, std::string>> table = {
      {"text = \"no#where\"  # note", "no#where"},
      {"text = \"a\\u0020b.txt\"", "a b.txt"},
      {"text = '''x'''", "x"},
      {"text = 'C:\\new'", "C:\\new"},
      {"text = \"\"\"\\\n   a\"\"\"", "a"},
      {"\"text\" = \"[x]\"", "[x]"},
      {"score.text = \"dotted\"", "dotted"},
      {"score = { text = \"inline\" }", "inline"},
      {"[score]  # note\ntext = \"in, section\"", "in, section"},
      {"text = \"top\"\n[score]\ntext = \"own\"", "own"},
      {"text = \"top\"\r\n[probe]\r\ntext = \"other\"\r\n", "top"}};
  for (const auto& [content, value] : table) {
    INFO(content);
    CHECK_THAT(value_of(folder / "a.toml", content), Contains(value + ": cannot be read"));
  }
}

TEST_CASE("Numbers, lists and switches of a configuration file are those of TOML", "[cli][toml]") {
  const test::TemporaryFolder folder;
  const auto file = folder / "a.toml";
  const auto config = " --config " + file.string();
  for (const auto* const number : {"20", "2_0", "0x14", "0o24", "0b1_0100", "+20"}) {
    INFO(number);
    write_file(file, fmt::format("letters = {}\n", number));
    CHECK_THAT(text_of(config), Contains("A=20"));
  }
  write_file(file, "json = false\n");
  CHECK(test::run_program("floors indirect" + config).output.front() == 'i');
  const auto diagnose = "diagnose -o " + (folder / "runs").string() + config;
  for (const auto* const list : {"[\n  \"rope\",  # one\n  \"nop\",\n]", "\"rope,nop\""}) {
    write_file(file, fmt::format("encodings = {}\n", list));
    CHECK_THAT(test::refused_program(diagnose), Contains("unknown encoding 'nop'"));
  }
}

TEST_CASE("What is no TOML, or no value of an option, is refused with file and line",
          "[cli][toml]") {
  const test::TemporaryFolder folder;
  const auto file = folder / "a.toml";
  const std::vector<std::pair<std::string, std::string>> table = {
      {"\ncount = 1\ncount = 2", "line 3: is no TOML"},
      {"count = 010", "line 1: is no TOML"},
      {"split = \"val", "line 1: is no TOML"},
      {"split = \"\\q\"", "line 1: is no TOML"},
      {"\n[default]\ncount = 1", "line 2: [default] is no command"},
      {"[shwo]", "did you mean 'show'?"},
      {"[train]\nstesp = 3", "line 2: train has no option 'stesp'; did you mean 'steps'"},
      {"cuont = 3", "line 1: no command has an option 'cuont'; did you mean 'count'"},
      {"help = true", "no command has an option 'help'"},
      {"[show.more]\ncount = 1", "line 1: [show.more] is a section in a section"},
      {"[[show]]\ncount = 1", "line 1: 'show' must hold"},
      {"count = 1979-05-27", "line 1: 'count' must hold a string"},
      {"count = 07:32:00", "date or time"},
      {"count = [1]", "line 1: 'count' takes one value"},
      {"count = true", "line 1: 'count' is no switch"},
      {"count = 3.5", "line 1: show: --count: needs a whole number but got '3.5'"},
      {"\nqueries = \"many\"", "line 2: show: --queries: needs a whole number but got 'many'"},
      {"reach = \"many\"", "line 1: --reach must be a whole number"},
      {"base = inf", "line 1: 'base' is not finite"},
      {"split = \"\"", "line 1: 'split' is empty"},
      {"split = \"v\\u0000\"", "line 1: 'split' holds a NUL"},
      {"tasks = []", "line 1: 'tasks' is an empty list"},
      {"tasks = [\"a,b\"]", "line 1: 'tasks' parts its values by ','"},
      {"tasks = [true]", "line 1: 'tasks' is a list of true"},
      {"json = \"yes\"", "line 1: 'json' is a switch"},
      {"\xef\xbb\xbfletters = 20", "line 1: begins with a byte-order mark"}};
  for (const auto& [content, sentence] : table) {
    INFO(content);
    write_file(file, content);
    const auto line = test::refused_program("show indirect --config " + file.string());
    CHECK_THAT(line, Contains("a.toml: ") && Contains(sentence));
  }
  CHECK_THAT(test::refused_program("show indirect --config a --config b"), Contains("twice"));
}
