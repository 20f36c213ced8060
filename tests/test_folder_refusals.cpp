// test_folder_refusals.cpp: folders whose files contradict each other are refused by the file and
// the tensor.

#include <fmt/ranges.h>

#include "models/load.hpp"
#include "tests/catch.hpp"
#include "tests/made_weights.hpp"

using namespace ww;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

/// A folder of the first recorded model, its tensors in two shards.
class ShardedModel {
 public:
  ShardedModel()
      : model_(Json::parse(
            read_file(test::source_root() / "tests/golden/families.json"))["models"][0]),
        tensors_(test::made_tensors(model_)) {
    auto middle = tensors_.begin();
    std::advance(middle, tensors_.size() / 2);
    const test::MadeTensors first(tensors_.begin(), middle), second(middle, tensors_.end());
    test::write_made(folder_ / "a.safetensors", first);
    test::write_made(folder_ / "b.safetensors", second);
    for (const auto& [name, tensor] : first) index_[name] = "a.safetensors";
    for (const auto& [name, tensor] : second) index_[name] = "b.safetensors";
    write_file(folder_ / "config.json", model_["config"].dump());
  }

  const std::filesystem::path& path() const { return folder_.path(); }
  const Json& index() const { return index_; }
  const test::MadeTensors& tensors() const { return tensors_; }
  Json config() const { return model_["config"]; }
  void write_index(const Json& index) {
    write_file(folder_ / "model.safetensors.index.json", Json{{"weight_map", index}}.dump());
  }
  std::string refused() const {
    return test::refusal([&] { load_checkpoint(folder_.path()); });
  }

 private:
  test::TemporaryFolder folder_;
  Json model_;
  test::MadeTensors tensors_;
  Json index_;
};

}  // namespace

TEST_CASE("An index is held to its shards", "[families]") {
  ShardedModel model;
  model.write_index(model.index());
  CHECK(load_checkpoint(model.path()).format == "safetensors");
  auto index = model.index();
  const auto first = index.begin().key();
  index[first] = "b.safetensors";
  model.write_index(index);
  CHECK_THAT(model.refused(), Contains(first) && Contains("b.safetensors"));
  index = model.index();
  index["nowhere.weight"] = "a.safetensors";
  model.write_index(index);
  CHECK_THAT(model.refused(), Contains("nowhere.weight") && Contains("a.safetensors"));
  write_file(model.path() / "model.safetensors.index.json",
             R"({"weight_map": {"a": "a.safetensors", "a": "b.safetensors"}})");
  CHECK_THAT(model.refused(), Contains("\"a\" twice"));
}

TEST_CASE("Two stored names of one tensor are refused where their values differ", "[families]") {
  const ShardedModel model;
  const auto path = model.path() / "model.safetensors";
  for (const std::string prefix : {"model.language_model.", "language_model.model."}) {
    auto tensors = model.tensors();
    auto& twin = tensors[prefix + "embed_tokens.weight"] = tensors.at("model.embed_tokens.weight");
    test::write_made(path, tensors);
    CHECK(load_checkpoint(model.path()).format == "safetensors");  // a copy does no harm
    twin.second.front() += 1;
    test::write_made(path, tensors);
    CHECK_THAT(model.refused(),
               Contains("\"" + prefix + "embed_tokens.weight\"") &&
                   Contains("\"model.embed_tokens.weight\""));
    tensors.erase("model.embed_tokens.weight");
    test::write_made(path, tensors);
    CHECK(load_checkpoint(model.path()).format == "safetensors");
  }
}

TEST_CASE("A head that is not stored is the embedding only where configuration or class say so",
          "[families]") {
  const ShardedModel model;
  auto tensors = model.tensors();
  tensors.erase("lm_head.weight");
  test::write_made(model.path() / "model.safetensors", tensors);
  CHECK_THAT(model.refused(), Contains("tie_word_embeddings") && Contains("lm_head.weight"));
  auto config = model.config();
  config.erase("tie_word_embeddings");  // false for the class
  write_file(model.path() / "config.json", config.dump());
  CHECK_THAT(model.refused(), Contains("default") && Contains("lm_head.weight"));
  config["tie_word_embeddings"] = true;
  write_file(model.path() / "config.json", config.dump());
  CHECK(load_checkpoint(model.path()).model.config().tied);
}

TEST_CASE("A stored head counts, with a note where the configuration says it is tied",
          "[families]") {
  const ShardedModel model;
  auto tensors = model.tensors();
  auto config = model.config();
  config["tie_word_embeddings"] = true;
  write_file(model.path() / "config.json", config.dump());
  test::write_made(model.path() / "model.safetensors", tensors);
  const auto own = load_checkpoint(model.path());
  CHECK_FALSE(own.model.config().tied);
  CHECK_THAT(fmt::format("{}", fmt::join(own.notes, " ")), Contains("stored head counts"));
  tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"];
  test::write_made(model.path() / "model.safetensors", tensors);
  const auto copy = load_checkpoint(model.path());
  CHECK(copy.model.config().tied);
  CHECK(copy.notes.empty());
}
