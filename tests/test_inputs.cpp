// test_inputs.cpp: texts become windows of ids, begun as --bos says.

#include "models/inputs.hpp"
#include "models/text/byte_alphabet.hpp"
#include "tests/tokenizer_files.hpp"

using namespace ww;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

std::filesystem::path stories() {
  return test::source_root() / "data" / "stories260k" / "stories260K.bin";
}

/// A tokenizer.json of single bytes and <s>, which its post-processor adds or does not, in a folder
/// with a tokenizer_config.json.
void write_bytes_tokenizer(const std::filesystem::path& folder, bool adds, const Json& config) {
  auto pieces = Json::object();
  for (int byte = 0; byte < 256; ++byte) {
    pieces[to_byte_alphabet(std::string(1, static_cast<char>(byte)))] = byte;
  }
  const Json bos = {{"SpecialToken", {{"id", "<s>"}, {"type_id", 0}}}};
  const Json text = {{"Sequence", {{"id", "A"}, {"type_id", 0}}}};
  const Json special = {{"<s>", {{"id", "<s>"}, {"ids", {256}}, {"tokens", {"<s>"}}}}};
  Json tokenizer = {{"added_tokens",
                     {{{"id", 256},
                       {"content", "<s>"},
                       {"single_word", false},
                       {"lstrip", false},
                       {"rstrip", false},
                       {"normalized", false},
                       {"special", true}}}},
                    {"pre_tokenizer", {{"type", "ByteLevel"}, {"add_prefix_space", false}}},
                    {"model", {{"type", "BPE"}, {"vocab", pieces}, {"merges", Json::array()}}}};
  if (adds) {
    tokenizer["post_processor"] = {{"type", "TemplateProcessing"},
                                   {"single", Json::array({bos, text})},
                                   {"special_tokens", special}};
  }
  write_file(folder / "tokenizer.json", tokenizer.dump());
  write_file(folder / "tokenizer_config.json", config.dump());
}

}  // namespace

TEST_CASE("--bos auto does what the tokenizer does, yes and no what they say", "[inputs]") {
  auto loaded = load_checkpoint(stories());
  const test::TemporaryFolder folder;
  write_file(folder / "a.txt", "abc");
  InputOptions options;
  options.text = (folder / "a.txt").string();
  const auto ids = [&](const char* bos) {
    options.bos = bos;
    const auto inputs = read_inputs(options, loaded, stories());
    const auto& window = inputs.texts.at(0).windows.at(0).ids;
    CHECK(inputs.bos_added == (window.size() == 4));
    return window;
  };
  using Ids = std::vector<int32_t>;

  options.tokenizer = folder.path().string();
  const Json named = {{"bos_token", "<s>"}};
  write_bytes_tokenizer(folder.path(), true, named);
  CHECK(ids("auto") == Ids{256, 97, 98, 99});
  CHECK(ids("no") == Ids{97, 98, 99});
  write_bytes_tokenizer(folder.path(), false, named);
  CHECK(ids("auto") == Ids{97, 98, 99});
  CHECK(ids("yes") == Ids{256, 97, 98, 99});
  write_bytes_tokenizer(folder.path(), false, Json::object());
  CHECK(ids("auto") == Ids{97, 98, 99});
  CHECK_THAT(test::refusal([&] { ids("yes"); }), Contains("--bos yes") && Contains("no BOS"));
  CHECK_THAT(test::refusal([&] { ids("perhaps"); }), Contains("'perhaps'"));
}

TEST_CASE("llama2.c's texts begin with BOS of themselves", "[inputs]") {
  auto loaded = load_checkpoint(stories());
  const test::TemporaryFolder folder;
  write_file(folder / "a.txt", "Once");
  InputOptions options;
  options.text = (folder / "a.txt").string();
  const auto inputs = read_inputs(options, loaded, stories());
  CHECK(inputs.bos_added);
  CHECK(inputs.texts.at(0).windows.at(0).ids.at(0) == 1);
}

TEST_CASE("An id that the model does not have is refused", "[inputs]") {
  auto loaded = load_checkpoint(stories());
  const test::TemporaryFolder folder;
  write_file(folder / "a.txt", "abc\n\nHark! the quick brown fox");
  InputOptions options;
  options.text = (folder / "a.txt").string();
  options.tokenizer = test::recorded("gpt2.json").string();
  CHECK_THAT(test::refusal([&] { read_inputs(options, loaded, stories()); }),
             Contains("a.txt: text 2") && Contains("512") && Contains("--tokenizer"));
}

TEST_CASE("A model that was trained on single tokens has no windows of its own", "[inputs]") {
  auto loaded = load_checkpoint(stories());
  auto config = loaded.model.config();
  config.train_length = 1;
  Loaded single{with_config(loaded.model, config), "", "", {}, {}, {}, {}, {}};
  const test::TemporaryFolder folder;
  write_file(folder / "a.ids", "1 2 3\n");
  InputOptions options;
  options.ids = (folder / "a.ids").string();
  CHECK_THAT(test::refusal([&] { read_inputs(options, single, stories()); }),
             Contains("training length is 1") && Contains("--window"));
  options.window = 2;
  CHECK(read_inputs(options, single, stories()).texts.at(0).windows.size() == 2);
}

TEST_CASE("Inputs that are not run as the model alone would run them say so", "[inputs]") {
  auto loaded = load_checkpoint(stories());
  const test::TemporaryFolder folder;
  write_file(folder / "a.ids", "1 2 3\n\n1 2 3 4 5 6 7 8 9\n");
  InputOptions options;
  options.ids = (folder / "a.ids").string();
  CHECK(read_inputs(options, loaded, stories()).notes.empty());
  RopeScaling dynamic{"dynamic"};
  dynamic.head_width = dynamic.width = 8;
  dynamic.factor = 2;
  dynamic.longest = 4;
  loaded.ropes = {dynamic};
  const auto note = frequency_note(loaded, read_inputs(options, loaded, stories()));
  REQUIRE(note);
  CHECK_THAT(*note, Contains("longest window, 9") && Contains("shortest, 3"));
  options.texts = 1;
  CHECK_FALSE(frequency_note(loaded, read_inputs(options, loaded, stories())));

  loaded.ropes.clear();
  loaded.run.emplace().random_positions = 64;
  const auto random = read_inputs(options, loaded, stories()).notes;
  REQUIRE(random.size() == 1);
  CHECK_THAT(random[0], Contains("random positions"));
}

TEST_CASE("Ids and questions are refused options that only texts have a use for", "[inputs]") {
  auto loaded = load_checkpoint(stories());
  const test::TemporaryFolder folder;
  write_file(folder / "a.ids", "1 2 3\n\n4 5\n");
  InputOptions ids;
  ids.ids = (folder / "a.ids").string();
  const auto inputs = read_inputs(ids, loaded, stories());
  CHECK(inputs.texts.at(1).where() == ids.ids + ": text 2");
  InputOptions task;
  task.task = "indirect";
  const auto refused = [&](InputOptions options, const auto& change) {
    change(options);
    return test::refusal([&] { read_inputs(options, loaded, stories()); });
  };
  for (const auto& options : {ids, task}) {
    CHECK_THAT(refused(options, [](auto& o) { o.tokenizer = "a"; }), Contains("--tokenizer"));
    CHECK_THAT(refused(options, [](auto& o) { o.whole = true; }), Contains("--whole"));
    CHECK_THAT(refused(options, [](auto& o) { o.bos = "yes"; }), Contains("--bos yes"));
  }
  CHECK_THAT(refused(task, [](auto& o) { o.window = 8; }), Contains("--window"));
}
