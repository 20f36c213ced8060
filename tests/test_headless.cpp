// test_headless.cpp: a backbone saved without its output head: queries and keys are measured, and
// whatever needs a prediction is refused by name.

#include <nlohmann/json.hpp>

#include "models/load.hpp"
#include "probes/h5/probe_file.hpp"
#include "probes/probe.hpp"
#include "tests/catch.hpp"
#include "tests/made_weights.hpp"

using namespace ww;
using Catch::Matchers::Contains;

namespace {

bool belongs_to_head(const std::string& name) {
  return name.starts_with("lm_head") || name.starts_with("embed_out");
}

/// The first recorded model of each family whose head is a tensor of its own.
std::vector<nlohmann::json> models_with_heads() {
  const auto golden =
      nlohmann::json::parse(read_file(test::source_root() / "tests/golden/families.json"));
  std::map<std::string, nlohmann::json> found;
  for (const auto& model : golden["models"]) {
    const auto tensors = test::made_tensors(model);
    const bool has_head = std::ranges::any_of(
        tensors, [](const auto& tensor) { return belongs_to_head(tensor.first); });
    if (has_head) found.emplace(model["config"]["model_type"], model);
  }
  std::vector<nlohmann::json> models;
  for (const auto& [type, model] : found) models.push_back(model);
  return models;
}

void write_without_head(const std::filesystem::path& folder, nlohmann::json model) {
  auto tensors = test::made_tensors(model);
  std::erase_if(tensors, [](const auto& tensor) { return belongs_to_head(tensor.first); });
  model["config"]["tie_word_embeddings"] = false;
  std::filesystem::create_directories(folder);
  write_file(folder / "config.json", model["config"].dump());
  test::write_made(folder / "model.safetensors", tensors);
}

ProbeOptions probe_of(const test::TemporaryFolder& folder, const std::string& name) {
  write_file(folder / "ids.txt", "3 1 4 1 5 9 2 6\n5 3 5 8 9 7 9 3\n");
  ProbeOptions options;
  options.checkpoint = folder / name;
  options.input.ids = (folder / "ids.txt").string();
  options.device = "cpu";
  options.out = folder / (name + ".h5");
  return options;
}

}  // namespace

TEST_CASE("A backbone without its head has the usage norms of the whole model", "[headless]") {
  const auto models = models_with_heads();
  REQUIRE(models.size() >= 3);
  for (const auto& model : models) {
    INFO(model["name"]);
    const test::TemporaryFolder folder;
    test::write_huggingface(folder / "whole", model);
    write_without_head(folder / "backbone", model);
    probe(probe_of(folder, "whole"));
    const auto report = probe(probe_of(folder, "backbone"));
    CHECK(std::isnan(report.loss));
    CHECK_THAT(report.notes.at(0), Contains("backbone without its head"));
    const auto whole = read_probe_file(folder / "whole.h5");
    const auto backbone = read_probe_file(folder / "backbone.h5");
    CHECK(backbone.variables.contains("loss") == false);
    for (const auto* const name : {"query_norm_mean", "key_norm_mean"}) {
      CHECK(backbone.variables.at(name).values == whole.variables.at(name).values);
    }
  }
}

TEST_CASE("What needs a prediction of a backbone without its head is refused by name",
          "[headless]") {
  const test::TemporaryFolder folder;
  write_without_head(folder / "backbone", models_with_heads().front());
  CHECK_THAT(test::refusal([&] { load_checkpoint(folder / "backbone"); }),
             Contains("backbone without its head"));
  auto options = probe_of(folder, "backbone");
  options.metrics = {"loss"};
  CHECK_THAT(test::refusal([&] { probe(options); }), Contains("it has no loss"));
  options.metrics = {"cheap"};
  options.controls = {"init"};
  CHECK_THAT(test::refusal([&] { probe(options); }), Contains("--control compares losses"));
}
