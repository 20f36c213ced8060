// test_cli_checkpoints.cpp: score, logits, inspect and probe, run as a person runs them.

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/files.hpp"
#include "tests/catch.hpp"
#include "tests/made_weights.hpp"
#include "tests/program.hpp"
#include "tests/small_run.hpp"

using namespace ww;
using Catch::Matchers::Contains;

namespace {

std::string data(const std::string& name) { return (test::source_root() / "data" / name).string(); }

}  // namespace

TEST_CASE("Asking for CUDA where there is none is refused", "[cli]") {
  if (std::filesystem::exists("/dev/nvidia0")) return test::skip("this machine has a GPU");
  const auto line = test::refused_program("score " + data("stories260k/stories260K.bin") +
                                          " --device cuda --text " + data("sonnets/sonnets.txt"));
  CHECK_THAT(line, Contains("no CUDA device") && Contains("--device cpu"));
}

TEST_CASE("Scores are nats per prediction of each text and of all", "[cli]") {
  const auto golden =
      nlohmann::json::parse(read_file(test::source_root() / "tests/golden/usage_stories260k.json"));
  const auto ran = test::run_program("score " + data("stories260k/stories260K.gguf") +
                                     " --json --texts 3 --text " + data("sonnets/sonnets.txt"));
  const auto json = nlohmann::json::parse(ran.output);
  double sum = 0, count = 0;
  for (int i = 0; i < 3; ++i) {
    const double loss = golden["texts"][i]["loss"],
                 predictions = golden["texts"][i]["ids"].size() - 1.0;
    CHECK(json["texts"][i]["loss"].get<double>() == Approx(loss).epsilon(1e-5));
    CHECK(json["texts"][i]["predictions"] == predictions);
    sum += loss * predictions;
    count += predictions;
  }
  CHECK(json["loss"].get<double>() == Approx(sum / count).epsilon(1e-5));
  const test::TemporaryFolder folder;
  write_file(folder / "a.ids", "1\n");
  CHECK_THAT(test::refused_program("score " + data("stories260k/stories260K.gguf") + " --ids " +
                                   (folder / "a.ids").string()),
             Contains("nothing is predicted"));
}

TEST_CASE("A text's score depends on no other text, also where frequencies depend on length",
          "[cli]") {
  const test::TemporaryFolder folder;
  const auto families =
      nlohmann::json::parse(read_file(test::source_root() / "tests/golden/families.json"));
  for (const auto& model : families["models"]) {
    if (model["name"] == "phi3 longrope, long") test::write_huggingface(folder / "model", model);
  }
  std::vector<int> brief(10), lengthy(40);  // it turns otherwise from 17 tokens on
  std::iota(brief.begin(), brief.end(), 3);
  std::iota(lengthy.begin(), lengthy.end(), 0);
  const auto losses = [&](const std::string& ids) {
    write_file(folder / "a.ids", ids);
    const auto words = fmt::format(
        "score {} --json --ids {}", (folder / "model").string(), (folder / "a.ids").string());
    return nlohmann::json::parse(test::run_program(words).output)["texts"];
  };
  const auto first = fmt::format("{}\n", fmt::join(brief, " "));
  const auto second = fmt::format("{}\n", fmt::join(lengthy, " "));
  const auto together = losses(first + second);
  CHECK(together[0]["loss"] == losses(first)[0]["loss"]);
  CHECK(together[1]["loss"] == losses(second)[0]["loss"]);
}

TEST_CASE("Logits are written as NumPy reads them", "[cli]") {
  const test::TemporaryFolder folder;
  const auto golden =
      nlohmann::json::parse(read_file(test::source_root() / "tests/golden/usage_stories260k.json"));
  const auto ids = golden["texts"][0]["ids"].get<std::vector<int32_t>>();
  write_file(folder / "a.ids", fmt::format("{}\n", fmt::join(ids, " ")));
  const auto out = folder / "a.npy";
  const auto ran = test::run_program(fmt::format("logits {} --ids {} -o {}",
                                                 data("stories260k/stories260K.bin"),
                                                 (folder / "a.ids").string(),
                                                 out.string()));
  REQUIRE(ran.status == 0);
  const auto bytes = read_file(out);
  CHECK_THAT(bytes.substr(0, 128), Contains(fmt::format("'shape': ({}, 512", ids.size())));
  std::vector<float> last(512);
  const auto row = last.size() * sizeof(float);
  std::memcpy(last.data(), bytes.data() + bytes.size() - row, row);
  double total = 0;
  for (const float logit : last) total += std::exp(double(logit));
  for (size_t i = 0; i < 8; ++i) {
    const double expected = golden["texts"][0]["last_log_probabilities"][i];
    CHECK(last[i] - std::log(total) == Approx(expected).epsilon(1e-4));
  }
}

TEST_CASE("Paths that the system refuses are refused by name", "[cli]") {
  const test::TemporaryFolder folder;
  const auto loop = folder / "loop.gguf";
  std::filesystem::create_symlink(loop, loop);
  CHECK_THAT(test::refused_program("inspect " + loop.string()), Contains(loop.string()));

  const std::string longer_than_a_name_may_be(300, 'x');
  CHECK_THAT(test::refused_program("inspect " + longer_than_a_name_may_be), Contains("xxx:"));
  write_file(folder / "whatwhere.json",
             R"({"format": "whatwhere-manifest", "version": 1, "weights": ")" +
                 longer_than_a_name_may_be + R"("})");
  CHECK_THAT(test::refused_program("inspect " + folder.path().string()), Contains("xxx:"));
}

TEST_CASE("Inspecting says what a checkpoint is", "[cli]") {
  const auto text = test::run_program("inspect " + data("stories260k/stories260K.gguf")).output;
  CHECK_THAT(text,
             Contains("gguf") && Contains("8 query, 4 key, 8 wide") &&
                 Contains("rope-layout     adjacent"));
  CHECK_THAT(text, Contains("0.001") && Contains("6283.19"));
  CHECK_THAT(text, Contains("stories260K.bin says that the training length is 512"));
}

TEST_CASE("A probe is written, drawn, and refused where its input is wrong", "[cli]") {
  const test::TemporaryFolder folder;
  const auto h5 = (folder / "a.h5").string();
  const auto model = data("stories260k/stories260K.bin");
  const auto probe = "probe " + model + " -o " + h5 + " ";
  const auto refused = [&](const std::string& words) {
    const auto line = test::refused_program(probe + words);
    CHECK(std::filesystem::is_empty(folder.path()));
    return line;
  };
  const auto text = "--text " + data("sonnets/sonnets.txt");
  CHECK_THAT(refused(""), Contains("--text") && Contains("--ids"));
  CHECK_THAT(refused(text + " --task indirect"), Contains("--text"));
  CHECK_THAT(refused("--text nowhere.txt"), Contains("nowhere.txt"));
  CHECK_THAT(refused(text + " --tokenizer nowhere.bin"), Contains("nowhere.bin"));
  CHECK_THAT(refused(text + " --window 1"), Contains("--window"));
  CHECK_THAT(refused(text + " --window -1"), Contains("--window"));
  CHECK_THAT(refused(text + " --bos maybe"), Contains("auto, yes or no"));
  CHECK_THAT(refused("--text " + model), Contains("UTF-8"));
  REQUIRE(test::run_program(probe + text + " --texts 2").status == 0);
  for (const auto* const kind : {"svg", "pdf", "png", "html"}) {
    const auto figure = (folder / (std::string("a.") + kind)).string();
    CHECK(test::run_program("plot " + h5 + " --axis wavelength -o " + figure).status == 0);
    CHECK(read_file(figure).size() > 1000);
  }
  CHECK_THAT(test::refused_program("plot " + model + " -o " + (folder / "b.svg").string()),
             Contains("no HDF5"));
  const std::vector<std::string> read = {"stories260K.bin", "tok512.bin"};
  for (const auto& name : read) {
    std::filesystem::copy_file(data("stories260k/" + name), folder / name);
  }
  for (const auto& name : read) {
    const auto words = "probe " + (folder / read[0]).string() + " -o " + (folder / name).string();
    CHECK_THAT(test::refused_program(words + " " + text), Contains("is what the command reads"));
    CHECK(read_file(folder / name) == read_file(data("stories260k/" + name)));
  }
  CHECK_THAT(test::refused_program("plot " + h5 + " -o " + (folder / "b.gif").string()),
             Contains(".svg"));
}

TEST_CASE("A text of one token has no loss, and score says why", "[cli][inputs]") {
  const test::TemporaryFolder folder;
  const auto ids = (folder / "a.ids").string();
  write_file(ids, "5 6 7\n9\n");
  const auto score = "score " + data("stories260k/stories260K.bin") + " --threads 1 --ids ";
  const auto table = test::run_program(score + ids, "2>&1");
  CHECK(table.status == 0);
  CHECK_THAT(table.output,
             Contains("note: 1 of 2 texts: a text of one token") &&
                 Contains("2 of 2 windows do not begin with BOS (1)") && !Contains("nan"));
  CHECK_THAT(test::run_program(score + ids + " -q", "2>&1").output, !Contains("note"));
  const auto json = test::run_program(score + ids + " --json").output;
  CHECK_THAT(json, Contains("\"loss\": null") && Contains("\"reason\": \"a text of one token"));
}

TEST_CASE("Texts and ids are read from pipes and from standard input", "[cli][inputs]") {
  const auto score = "score " + data("stories260k/stories260K.bin") + " --threads 1 --texts 2 ";
  const auto sonnets = data("sonnets/sonnets.txt");
  const auto wanted = test::run_program(score + "--text " + sonnets).output;
  CHECK(wanted.size() > 10);
  CHECK(test::run_program(score + "--text - <" + sonnets).output == wanted);
  const auto piped = fmt::format("cat {} | {} {}", sonnets, WW_PROGRAM, score);
  CHECK(test::run_shell(piped + "--text - 2>/dev/null").output == wanted);
  CHECK(test::run_shell(piped + "--text /dev/stdin 2>/dev/null").output == wanted);
  CHECK_THAT(
      test::run_shell(fmt::format("echo 1 5 6 | {} {} --ids - 2>&1", WW_PROGRAM, score)).output,
      Contains("text 1") && !Contains("note"));
}

namespace {

/// A byte-level tokenizer.json of two pieces, beside it a tokenizer_config.json.
void write_tokenizer(const test::TemporaryFolder& folder,
                     const std::string& post_processor,
                     const std::string& flags) {
  write_file(folder / "tokenizer.json",
             R"({"version":"1.0","normalizer":null,"decoder":null,)"
             R"("added_tokens":[{"id":1,"content":"<s>","single_word":false,"lstrip":false,)"
             R"("rstrip":false,"normalized":false,"special":true}],)"
             R"("pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false,)"
             R"("trim_offsets":true,"use_regex":true},"post_processor":)" +
                 post_processor + R"(,"model":{"type":"BPE","vocab":{"a":0,"<s>":1},)" +
                 R"("merges":[]}})");
  write_file(folder / "tokenizer_config.json", flags);
}

constexpr const char* kAddsBos =
    R"({"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},)"
    R"({"Sequence":{"id":"A","type_id":0}}],"pair":[],)"
    R"("special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]}}})";

}  // namespace

TEST_CASE("Inspecting tells where files contradict each other about BOS and EOS", "[cli][bos]") {
  const test::TemporaryFolder folder;
  const auto model = (folder / "stories260K.bin").string();
  std::filesystem::copy_file(data("stories260k/stories260K.bin"), model);
  const auto inspected = [&](const std::string& post_processor, const std::string& flags) {
    write_tokenizer(folder, post_processor, flags);
    return test::run_program("inspect " + model).output;
  };
  CHECK_THAT(inspected(kAddsBos, R"({"add_bos_token": false})"),
             Contains("\"add_bos_token\": false, tokenizer.json adds BOS"));
  CHECK_THAT(inspected("null", R"({"add_bos_token": true})"),
             Contains("\"add_bos_token\": true, tokenizer.json adds none"));
  CHECK_THAT(inspected(kAddsBos, R"({"add_bos_token": true, "add_eos_token": true})"),
             Contains("\"add_eos_token\": true") && !Contains("\"add_bos_token\": true,"));
  CHECK_THAT(inspected(kAddsBos, R"({"add_bos_token": true})"), !Contains("note"));
  CHECK_THAT(inspected("null", "{}"), !Contains("note"));
}

TEST_CASE("BOS that a text spells itself is not added twice", "[cli][bos]") {
  const test::TemporaryFolder folder;
  write_tokenizer(folder, kAddsBos, "{}");
  const auto score = fmt::format("score {} --threads 1 --tokenizer {} --text {} ",
                                 data("stories260k/stories260K.bin"),
                                 (folder / "tokenizer.json").string(),
                                 (folder / "a.txt").string());
  write_file(folder / "a.txt", "aaa");
  const auto plain = test::run_program(score).output;
  write_file(folder / "a.txt", "<s>aaa");
  CHECK(test::run_program(score).output == plain);
  CHECK_THAT(test::run_program(score, "2>&1").output,
             Contains("1 text begins with <s>, BOS, which is not added twice"));
}

TEST_CASE("A model of the local Hugging Face cache goes by its name", "[cli][hub]") {
  const test::TemporaryFolder folder;
  const auto inspect =
      fmt::format("HF_HOME={} {} inspect some/model 2>&1", folder.path().string(), WW_PROGRAM);
  CHECK_THAT(
      test::run_shell("unset HF_HUB_CACHE HUGGINGFACE_HUB_CACHE; " + inspect).output,
      Contains("hf download some/model --local-dir model") && Contains((folder / "hub").string()));
  const auto model = folder / "hub/models--some--model";
  for (const auto* const part : {"snapshots/abc", "snapshots/old", "blobs", "refs"}) {
    std::filesystem::create_directories(model / part);
  }
  std::filesystem::copy_file(data("stories260k/stories260K.gguf"), model / "blobs/b10b");
  std::filesystem::create_symlink("../../blobs/b10b", model / "snapshots/abc/a.gguf");
  CHECK_THAT(test::run_shell(inspect).output, Contains("2 snapshots"));
  write_file(model / "refs/main", "abc");
  CHECK_THAT(test::run_shell(inspect).output, Contains("gguf") && Contains("292800"));
  write_file(model / "refs/main", "../../else");
  CHECK_THAT(test::run_shell(inspect).output, Contains("names no commit"));
}

TEST_CASE("Inspecting gives JSON, and eight frequencies of a table unless asked for all", "[cli]") {
  const test::TemporaryFolder folder;
  const auto out = (folder / "run").string();
  REQUIRE(test::run_program("train --task what-tag --steps 1 --heads 1 -o " + out).status == 0);
  const auto some = test::run_program("inspect " + out).output;
  const auto all = test::run_program("inspect --frequencies " + out).output;
  CHECK_THAT(some, Contains("layers 0-1: 8 of 32 frequencies") && Contains("\n       31 "));
  CHECK(std::ranges::count(all, '\n') - std::ranges::count(some, '\n') == 24);
  const auto json = nlohmann::json::parse(test::run_program("inspect --json " + out).output);
  CHECK(json["tables"][0]["layers"] == nlohmann::json({0, 1}));
  CHECK(json["tables"][0]["theta"].size() == 32);
  CHECK(nlohmann::json::parse(test::run_program("tasks --json").output).size() == 3);
  const auto encodings = nlohmann::json::parse(test::run_program("encodings --json").output);
  CHECK(encodings[0]["encoding"] == "rope");
  CHECK(encodings[0]["options"]["base"] == 10000);
}
