// test_engine.cpp: who chooses the kernels, and what is refused; in a process of its own where the
// environment decides.

#include <ATen/core/Tensor.h>

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/files.hpp"
#include "models/fused/choice.hpp"
#include "tests/catch.hpp"
#include "tests/fused_models.hpp"
#include "tests/program.hpp"
#include "tests/small_run.hpp"

using namespace ww;
using Catch::Matchers::Contains;
using kernels::Isa;

namespace {

/// WHATWHERE_ISA for a while.
class IsaVariable {
 public:
  explicit IsaVariable(const char* value) {
    const char* const before = std::getenv(kName);
    if (before != nullptr) before_ = before;
    setenv(kName, value, 1);
  }
  ~IsaVariable() { before_ ? setenv(kName, before_->c_str(), 1) : unsetenv(kName); }
  IsaVariable(const IsaVariable&) = delete;
  IsaVariable& operator=(const IsaVariable&) = delete;

 private:
  static constexpr const char* kName = "WHATWHERE_ISA";
  std::optional<std::string> before_;
};

const at::TensorOptions kFloat32 = at::kFloat;

Engine choose(const std::string& word, const ModelConfig& config, int64_t length = 30) {
  return choose_engine(word, config, kFloat32, length);
}

std::string refused(const std::string& word, const ModelConfig& config) {
  return test::refusal([&] { choose(word, config); });
}

}  // namespace

TEST_CASE("The environment chooses the instruction set, and only one that runs", "[kernels]") {
  for (const auto isa : {Isa::plain, Isa::avx2, Isa::avx512}) {
    const IsaVariable asked(kernels::isa_name(isa));
    const auto reason = kernels::obstacle(isa);
    if (reason.empty()) {
      CHECK(kernels::chosen_isa() == isa);
      CHECK((kernels::table_of(isa) != nullptr) == (isa != Isa::plain));
    } else {
      CHECK_THAT(test::refusal([] { kernels::chosen_isa(); }), Contains("cannot run here: "));
    }
  }
  {
    const IsaVariable unset("");
    CHECK(kernels::chosen_isa() == kernels::runnable_isas().back());
  }
  const IsaVariable wrong("sse");
  CHECK_THAT(test::refusal([] { kernels::chosen_isa(); }),
             Contains("must be plain, avx2 or avx512 but is 'sse'"));
}

TEST_CASE("Auto takes the fused kernels where they can run", "[kernels]") {
  const auto config = test::small_config(encoding_row("pope"));
  const auto isas = kernels::runnable_isas();
  if (isas.size() == 1) return test::skip("no vector kernels here");
  const IsaVariable asked(kernels::isa_name(isas.back()));
  CHECK(choose("auto", config).compute == Compute::fused);
  CHECK(choose("auto", config).isa == isas.back());
  CHECK(choose("plain", config).compute == Compute::plain);
  CHECK(choose("library", config).compute == Compute::library);
  CHECK(choose_engine("auto", config, kFloat32.device(at::kCUDA), 30).compute == Compute::plain);
  CHECK(choose("auto", config, 2000).compute == Compute::attention);
  CHECK(choose("fused", config, 2000).compute == Compute::fused);
  auto gated = config;
  gated.gated = true;
  CHECK(choose("auto", gated).compute == Compute::attention);
  auto capped = gated;
  capped.score_cap = 50;
  CHECK(choose("auto", capped).compute == Compute::plain);
  CHECK(choose_engine("auto", config, kFloat32.dtype(at::kDouble), 30).compute == Compute::plain);
  const IsaVariable plain("plain");
  CHECK(choose("auto", config).compute == Compute::plain);
}

TEST_CASE("Fused kernels that cannot run are refused with the reason", "[kernels]") {
  auto config = test::small_config(encoding_row("rope"));
  CHECK_THAT(refused("both", config),
             Contains("must be auto, fused, library or plain but got 'both'"));
  {
    const IsaVariable plain("plain");
    CHECK_THAT(refused("fused", config), Contains("WHATWHERE_ISA=plain"));
  }
  if (kernels::runnable_isas().size() == 1) return test::skip("no vector kernels here");
  const IsaVariable asked(kernels::isa_name(kernels::runnable_isas().back()));
  config.width = 24;
  CHECK_THAT(refused("fused", config), Contains("the width must be a multiple of 16 but is 24"));
  config.width = 32;
  CHECK_THAT(test::refusal([&] { choose_engine("fused", config, kFloat32.device(at::kCUDA), 9); }),
             Contains("on the CPU alone; use --device cpu"));
  CHECK_THAT(test::refusal([&] {
               Decoder model(config, at::kDouble);
               model.compute_with({Compute::fused, kernels::runnable_isas().back()});
             }),
             Contains("float32 alone"));
}

TEST_CASE("Every part that the fused kernels lack is refused by name, and auto goes without them",
          "[kernels]") {
  if (kernels::runnable_isas().size() == 1) return test::skip("no vector kernels here");
  const IsaVariable asked(kernels::isa_name(kernels::runnable_isas().back()));
  struct Part {
    const char* words;
    void (*put)(ModelConfig&);
  };
  const Part parts[] = {
      {"gelu without a gate", [](ModelConfig& c) { c.activation = "silu"; }},
      {"gelu without a gate", [](ModelConfig& c) { c.gated = true; }},
      {"rms with a weight alone", [](ModelConfig& c) { c.norm = "layer"; }},
      {"rms with a weight alone", [](ModelConfig& c) { c.norm_weight = false; }},
      {"stand before", [](ModelConfig& c) { c.norm_place = "around"; }},
      {"stand before", [](ModelConfig& c) { c.parallel = true; }},
      {"must not be normed", [](ModelConfig& c) { c.qk_norm = "head"; }},
      {"no biases", [](ModelConfig& c) { c.qkv_bias = true; }},
      {"no biases", [](ModelConfig& c) { c.out_bias = true; }},
      {"no biases", [](ModelConfig& c) { c.mlp_bias = true; }},
      {"no biases", [](ModelConfig& c) { c.head_bias = true; }},
      {"must not be clipped", [](ModelConfig& c) { c.qkv_clip = 8; }},
      {"scale by the head width", [](ModelConfig& c) { c.attention_scale = 0.1; }},
      {"no soft caps", [](ModelConfig& c) { c.score_cap = 50; }},
      {"no soft caps", [](ModelConfig& c) { c.logit_cap = 30; }},
      {"must not be scaled", [](ModelConfig& c) { c.embedding_scale = 8; }},
      {"no window",
       [](ModelConfig& c) {
         c.windows = {4, 0};
       }},
      {"not a checkpoint's",
       [](ModelConfig& c) {
         c.tables = {{{1, 0.1}, 1}};
       }},
  };
  for (const auto& part : parts) {
    INFO(part.words);
    auto config = test::small_config(encoding_row("rope"));
    CHECK(choose("auto", config).compute == Compute::fused);
    part.put(config);
    CHECK_THAT(refused("fused", config), Contains(part.words));
    CHECK(choose("auto", config).compute != Compute::fused);
  }
}

TEST_CASE("A run says what computed it, and resumes to the same bits", "[kernels]") {
  const test::TemporaryFolder folder;
  const auto options = [&](const char* name, const char* kernels) {
    auto run = test::small_run(folder / name, "pope");
    run.run.training_options["width"] = "32";
    run.kernels = kernels;
    return run;
  };
  const auto header = [&](const char* name) {
    std::istringstream record(read_file(folder / name / "record.jsonl"));
    std::string line;
    std::getline(record, line);
    return nlohmann::json::parse(line);
  };
  const auto weights = [&](const char* name) {
    return read_file(folder / name / "model.safetensors");
  };
  train(options("plain", "plain"));
  CHECK(header("plain")["kernels"] == "plain");
  CHECK(header("plain")["isa"] == "plain");
  if (kernels::chosen_isa() == Isa::plain) return test::skip("no vector kernels chosen here");
  train(options("whole", "fused"));
  CHECK(header("whole")["kernels"] == "fused");
  CHECK(header("whole")["isa"] == kernels::isa_name(kernels::chosen_isa()));
  int64_t step = 0;
  train(options("parts", "auto"),
        {[&](const TrainProgress& progress) { step = progress.step; }, [&] { return step == 13; }});
  auto rest = options("parts", "auto");
  rest.resume = true;
  rest.threads = 2;
  train(rest);
  CHECK(weights("parts") == weights("whole"));
  CHECK(weights("plain") != weights("whole"));
}

TEST_CASE("The kernels are chosen on the command line", "[kernels]") {
  const test::TemporaryFolder folder;
  const auto out = (folder / "run").string();
  CHECK_THAT(test::refused_program("train --task indirect --kernels some -o " + out),
             Contains("--kernels must be auto, fused, library or plain"));
  CHECK_THAT(test::refused_program("train --task indirect --heads 8 --kernels fused -o " + out),
             Contains("the head width must be a multiple of 16 but is 8"));
}
