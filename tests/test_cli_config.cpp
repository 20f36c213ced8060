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
  CHECK_THAT(refused("letters = many\n"), Contains("--letters"));
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
