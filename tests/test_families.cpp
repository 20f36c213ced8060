// test_families.cpp: models of every family and rope type against the reference library's answers.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "models/activation_names.hpp"
#include "models/activations.hpp"
#include "models/formats/families.hpp"
#include "models/inputs.hpp"
#include "models/load.hpp"
#include "probes/statistics.hpp"
#include "tests/catch.hpp"
#include "tests/made_weights.hpp"

using namespace ww;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

const Json& golden() {
  static const auto all =
      Json::parse(read_file(test::source_root() / "tests/golden/families.json"));
  return all;
}

std::vector<int32_t> golden_ids() { return golden()["ids"].get<std::vector<int32_t>>(); }

const Json& model_named(const std::string& name) {
  for (const auto& model : golden()["models"]) {
    if (model["name"] == name) return model;
  }
  throw std::out_of_range(name);
}

at::Tensor as_tensor(const Json& rows) {
  std::vector<at::Tensor> all;
  for (const auto& row : rows)
    all.push_back(at::tensor(row.get<std::vector<double>>(), at::kDouble));
  return at::stack(all);
}

at::Tensor golden_rows(const at::Tensor& logits) {
  return logits.index_select(0, at::tensor(golden()["rows"].get<std::vector<int64_t>>()));
}

/// Largest difference of the recorded rows.
double logit_difference(Loaded& loaded, const Json& model) {
  const c10::NoGradGuard no_grad;
  const auto ids = golden_ids();
  set_text_length(loaded, static_cast<int64_t>(ids.size()));
  const auto logits = loaded.model.forward(text_input(ids, at::kCPU))[0].to(at::kDouble);
  return (golden_rows(logits) - as_tensor(model["logits"])).abs().max().item<double>();
}

Loaded load_made(const std::filesystem::path& folder, const Json& model) {
  test::write_huggingface(folder, model);
  return load_checkpoint(folder);
}

}  // namespace

TEST_CASE("A file of weights of any name is read with the config.json beside it", "[families]") {
  const test::TemporaryFolder folder;
  const auto& model = golden()["models"][0];
  test::write_huggingface(folder.path(), model);
  const auto file = folder / "epoch-3.safetensors";
  std::filesystem::rename(folder / "model.safetensors", file);
  CHECK_THAT(test::refusal([&] { load_checkpoint(folder.path()); }), Contains("name the file"));
  auto loaded = load_checkpoint(file);
  CHECK(logit_difference(loaded, model) < 1e-4);
  CHECK(loaded.format == "safetensors");
  std::filesystem::remove(folder / "config.json");
  CHECK_THAT(test::refusal([&] { load_checkpoint(file); }),
             Contains("whatwhere.json") && Contains("model_type"));
}

TEST_CASE("Logits and norms of every family equal the reference library's", "[families]") {
  for (const auto& model : golden()["models"]) {
    DYNAMIC_SECTION(model["name"].get<std::string>()) {
      const test::TemporaryFolder folder;
      auto loaded = load_made(folder.path(), model);
      CHECK(logit_difference(loaded, model) < 1e-4);
      const Inputs inputs{{{"text", "", {{golden_ids()}}}}, false};
      const auto found = collect(loaded.model, inputs, {});
      for (size_t l = 0; l < model["query_norms"].size(); ++l) {
        const auto norms = [&](const UsageSums& sums) {
          return sums.norm.mean(0) / static_cast<double>(sums.tokens);
        };
        const auto& layer = found.layers[l];
        const auto close = [](const at::Tensor& a, const Json& b) {
          const auto expected = at::tensor(b.get<std::vector<double>>(), at::kDouble);
          return ((a - expected).abs() / expected).max().item<double>() < 1e-5;
        };
        CHECK(close(norms(layer.query.front()), model["query_norms"][l]));
        CHECK(close(norms(layer.key.front()), model["key_norms"][l]));
      }
      for (const auto& layer : found.layers) CHECK(layer.logit_error < 1e-5);
    }
  }
}

TEST_CASE("Reading texts gives a model the frequencies of the longest", "[families]") {
  for (const auto* const name : {"llama dynamic", "phi3 longrope, long"}) {
    const test::TemporaryFolder folder;
    const auto& model = model_named(name);
    auto loaded = load_made(folder.path(), model);
    std::string line;
    for (const auto id : golden_ids()) line += std::to_string(id) + " ";
    write_file(folder / "ids.txt", "3 5\n" + line + "\n7 5 2\n");
    InputOptions options;
    options.ids = (folder / "ids.txt").string();
    options.window = 1000;
    read_inputs(options, loaded, folder.path());
    const c10::NoGradGuard no_grad;
    const auto logits = loaded.model.forward(text_input(golden_ids(), at::kCPU))[0];
    CHECK((golden_rows(logits) - as_tensor(model["logits"])).abs().max().item<double>() < 1e-4);
  }
}

TEST_CASE("Every family of the table is recorded", "[families]") {
  for (const auto& row : families()) {
    INFO(row.model_type);
    CHECK(std::ranges::any_of(golden()["models"], [&](const Json& model) {
      return model["config"]["model_type"] == row.model_type;
    }));
  }
}

TEST_CASE("Losses a part of the symbols at a time equal those of whole logits", "[families]") {
  const test::TemporaryFolder folder;
  for (const auto* const name : {"gemma2", "phi", "llama grouped, biases, tied"}) {
    auto loaded = load_made(folder / name, model_named(name));
    const c10::NoGradGuard no_grad;
    const auto ids = golden_ids();
    const auto input = text_input(ids, at::kCPU);
    const Pass pass = loaded.model.prepare(input);
    auto x = loaded.model.embed(input);
    for (int64_t l = 0; l < loaded.model.config().layers; ++l) {
      x = run_block(loaded.model.block(l), loaded.model.config(), l, x, {}, pass);
    }
    const auto targets = input.tokens[0].roll(-1);
    const auto whole = at::cross_entropy_loss(
        loaded.model.forward(input)[0].to(at::kDouble), targets, {}, at::Reduction::None);
    CHECK((loaded.model.losses(x[0], targets) - whole).abs().max().item<double>() < 1e-6);
  }
}

TEST_CASE("Texts packed side by side give each text's own logits", "[families]") {
  const test::TemporaryFolder folder;
  for (const auto* const name : {"gemma3", "mistral", "gptj", "smollm3"}) {
    auto loaded = load_made(folder / name, model_named(name));
    const c10::NoGradGuard no_grad;
    const auto ids = golden_ids();
    const std::vector<int32_t> first(ids.begin(), ids.begin() + 9);
    auto packed = text_input(ids, at::kCPU);
    packed.tokens = at::cat({packed.tokens, packed.tokens.narrow(1, 0, 9)}, 1);
    packed.positions = at::cat({packed.positions, at::arange(9)});
    packed.lengths = {24, 9};
    const auto together = loaded.model.forward(packed)[0];
    const auto alone = loaded.model.forward(text_input(ids, at::kCPU))[0];
    const auto other = loaded.model.forward(text_input(first, at::kCPU))[0];
    CHECK((together.narrow(0, 0, 24) - alone).abs().max().item<double>() < 2e-5);
    CHECK((together.narrow(0, 24, 9) - other).abs().max().item<double>() < 2e-5);
  }
}

TEST_CASE("All positions moved leave the logits of rotary models", "[families]") {
  const test::TemporaryFolder folder;
  for (const auto& model : golden()["models"]) {
    const auto name = model["name"].get<std::string>();
    auto loaded = load_made(folder / std::to_string(std::hash<std::string>()(name)), model);
    const c10::NoGradGuard no_grad;
    auto input = text_input(golden_ids(), at::kCPU);
    const auto before = loaded.model.forward(input);
    input.positions = input.positions + 1000;
    INFO(name);
    CHECK((loaded.model.forward(input) - before).abs().max().item<double>() < 1e-4);
  }
}

TEST_CASE("A model whose parts are not what its configuration says is refused by name",
          "[families]") {
  const auto refused = [&](const std::string& name, auto&& change) {
    const test::TemporaryFolder folder;
    auto model = model_named(name);
    auto tensors = test::made_tensors(model);
    change(model["config"], tensors);
    write_file(folder / "config.json", model["config"].dump());
    test::write_made(folder / "model.safetensors", tensors);
    return test::refusal([&] { load_checkpoint(folder.path()); });
  };
  using Tensors = test::MadeTensors;
  const std::string q = "model.layers.1.self_attn.q_proj.weight";
  CHECK_THAT(refused("llama", [&](Json&, Tensors& t) { t.erase(q); }), Contains(q));
  CHECK_THAT(refused("llama",
                     [&](Json&, Tensors& t) {
                       t["model.layers.0.self_attn.q_norm.weight"] = t["model.norm.weight"];
                     }),
             Contains("nobody reads") && Contains("q_norm"));
  CHECK_THAT(refused("llama",
                     [&](Json&, Tensors& t) {
                       t[q].first = {64, 16};
                     }),
             Contains("[64,16]"));
  CHECK_THAT(refused("llama", [&](Json& c, Tensors&) { c["model_type"] = "cohere"; }),
             Contains("'cohere'") && Contains("llama, mistral"));
  CHECK_THAT(refused("llama", [&](Json& c, Tensors&) { c["hidden_act"] = "xielu"; }),
             Contains("'xielu'") && Contains("quick_gelu"));
  CHECK_THAT(
      refused("llama", [&](Json& c, Tensors&) { c["rope_parameters"]["rope_type"] = "spiral"; }),
      Contains("'spiral'") && Contains("llama3"));
  for (const std::string key : {"mrope_section", "llama_4_scaling_beta"}) {
    const auto sentence = refused("llama", [&](Json& c, Tensors&) {
      c["rope_parameters"][key] = {1, 2};
    });
    CHECK_THAT(sentence, Contains(key) && Contains("not supported"));
  }
  CHECK_THAT(refused("llama",
                     [&](Json& c, Tensors&) {
                       c["quantization_config"] = {{"bits", 4}};
                     }),
             Contains("quantization_config"));
  CHECK_THAT(refused("llama", [&](Json& c, Tensors&) { c["hidden_size"] = "large"; }),
             Contains("hidden_size"));
  CHECK_THAT(refused("llama", [&](Json& c, Tensors&) { c["num_hidden_layers"] = nullptr; }),
             Contains("num_hidden_layers"));
  CHECK_THAT(refused("llama", [&](Json& c, Tensors&) { c["head_dim"] = 7; }), Contains("even"));
  CHECK_THAT(
      refused("gpt_neox",
              [&](Json& c, Tensors&) { c["rope_parameters"]["partial_rotary_factor"] = 0.4; }),
      Contains("even"));
}

TEST_CASE("Every activation that is named is computed", "[families]") {
  for (const auto& row : activations()) {
    INFO(row.name);
    CHECK(activation_named(row.name)(at::ones({2})).isfinite().all().item<bool>());
  }
}
