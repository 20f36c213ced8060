// test_tensor_names.cpp: names that tools leave in checkpoints, over every family.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <functional>

#include "models/formats/tensor_names.hpp"
#include "models/inputs.hpp"
#include "models/load.hpp"
#include "tests/catch.hpp"
#include "tests/made_weights.hpp"

using namespace ww;
using Catch::Matchers::Contains;
using Json = nlohmann::json;
using Tensors = test::MadeTensors;

namespace {

const Json& golden() {
  static const auto all =
      Json::parse(read_file(test::source_root() / "tests/golden/families.json"));
  return all;
}

using Rename = std::function<std::string(const std::string&)>;

/// The model with its tensors under other names; the values stay those of the old ones.
void write_renamed(const std::filesystem::path& folder, const Json& model, const Rename& rename) {
  Tensors renamed;
  for (auto& [name, tensor] : test::made_tensors(model)) renamed[rename(name)] = std::move(tensor);
  std::filesystem::create_directories(folder);
  write_file(folder / "config.json", model["config"].dump());
  test::write_made(folder / "model.safetensors", renamed);
}

at::Tensor logits_of(const std::filesystem::path& folder) {
  const c10::NoGradGuard no_grad;
  return load_checkpoint(folder).model.forward(text_input({3, 1, 4, 1, 5}, at::kCPU));
}

std::string after(const std::string& name, const std::string& segment) {
  const auto dot = name.find('.');
  return name.substr(0, dot + 1) + segment + name.substr(dot + 1);
}

struct Habit {
  const char* what;
  Rename rename;
};

bool is_head(const std::string& name) {
  return name.starts_with("lm_head") || name.starts_with("embed_out");
}

const std::vector<Habit>& habits() {
  static const std::vector<Habit> table = {
      {"torch.compile", [](const auto& name) { return "_orig_mod." + name; }},
      {"DDP", [](const auto& name) { return "module." + name; }},
      {"compiled within DDP", [](const auto& name) { return "module._orig_mod." + name; }},
      {"compiled layers", [](const auto& name) { return after(name, "_orig_mod."); }},
      {"PEFT", [](const auto& name) { return "base_model.model." + name; }},
      {"a prefix of one's own", [](const auto& name) { return "net.backbone." + name; }},
      {"the model's prefix twice",
       [](const auto& name) {
         return is_head(name) ? name : name.substr(0, name.find('.') + 1) + name;
       }},
      {"a backbone beside its head",
       [](const auto& name) { return is_head(name) ? name : name.substr(name.find('.') + 1); }},
  };
  return table;
}

}  // namespace

TEST_CASE("Every family is read under the names that every tool leaves", "[names]") {
  std::set<std::string> seen;
  for (const auto& model : golden()["models"]) {
    if (!seen.insert(model["config"]["model_type"]).second) continue;
    const test::TemporaryFolder folder;
    write_renamed(folder / "plain", model, [](const auto& name) { return name; });
    const auto right = logits_of(folder / "plain");
    for (const auto& habit : habits()) {
      INFO(model["name"] << ": " << habit.what);
      write_renamed(folder / "other", model, habit.rename);
      CHECK(logits_of(folder / "other").equal(right));
    }
  }
}

TEST_CASE("Parts beside the text are passed over, other tensors refused by name", "[names]") {
  for (const auto* const name : {"visual.blocks.0.attn.qkv.weight",
                                 "model.visual.merger.weight",
                                 "audio_tower.layers.0.self_attn.q_proj.weight",
                                 "vision_model.encoder.layers.0.self_attn.q_proj.weight",
                                 "model.image_newline",
                                 "mtp.fc.weight",
                                 "model.multi_modal_projector.linear_1.weight"}) {
    INFO(name);
    const test::TemporaryFolder folder;
    const auto& model = golden()["models"][0];
    auto tensors = test::made_tensors(model);
    tensors[name] = {{4}, {1, 2, 3, 4}};
    write_file(folder / "config.json", model["config"].dump());
    test::write_made(folder / "model.safetensors", tensors);
    CHECK(load_checkpoint(folder.path()).format == "safetensors");
    tensors["model.layers.0.self_attn.sinks"] = {{4}, {1, 2, 3, 4}};
    test::write_made(folder / "model.safetensors", tensors);
    CHECK_THAT(test::refusal([&] { load_checkpoint(folder.path()); }), Contains("self_attn.sinks"));
  }
}

TEST_CASE("Two sets of layers, and two tensors for one name, are refused by their names",
          "[names]") {
  const test::TemporaryFolder folder;
  const auto& model = golden()["models"][0];
  const auto refused = [&](const std::vector<std::string>& prefixes, float more) {
    Tensors tensors;
    for (const auto& prefix : prefixes) {
      for (auto& [name, tensor] : test::made_tensors(model)) {
        if (prefix == prefixes.back()) tensor.second.front() += more;
        tensors[prefix + name] = tensor;
      }
    }
    write_file(folder / "config.json", model["config"].dump());
    test::write_made(folder / "model.safetensors", tensors);
    return test::refusal([&] { load_checkpoint(folder.path()); });
  };
  CHECK_THAT(refused({"teacher.", "student."}, 0), Contains("teacher.") && Contains("student."));
  CHECK_THAT(refused({"", "module."}, 1), Contains("module.") && Contains("beside"));
}

TEST_CASE("A tensor outside the family's parts is refused under the name that it is stored under",
          "[names]") {
  const test::TemporaryFolder folder;
  const auto& model = golden()["models"][0];
  const auto backbone = habits().back().rename;
  for (const std::string name : {"score.weight", "classifier.weight"}) {
    write_renamed(folder.path(), model, backbone);
    Tensors tensors;
    for (auto& [own, tensor] : test::made_tensors(model)) tensors[backbone(own)] = tensor;
    tensors[name] = {{4}, {1, 2, 3, 4}};
    test::write_made(folder / "model.safetensors", tensors);
    CHECK_THAT(test::refusal([&] { load_checkpoint(folder.path()); }), Contains("'" + name + "'"));
  }
}

TEST_CASE("An adapter that is not merged is refused with what merges it", "[names]") {
  const test::TemporaryFolder folder;
  const auto& model = golden()["models"][0];
  const std::string matrix = "model.layers.0.self_attn.q_proj.";
  write_renamed(folder.path(), model, [&](const auto& name) {
    return name == matrix + "weight" ? "base_model.model." + matrix + "base_layer.weight" : name;
  });
  CHECK_THAT(test::refusal([&] { load_checkpoint(folder.path()); }),
             Contains("base_layer") && Contains("merge_and_unload"));
}

TEST_CASE("A tied pair may be stored as the head alone", "[names]") {
  const test::TemporaryFolder folder;
  auto model = golden()["models"][0];
  model["config"]["tie_word_embeddings"] = true;
  auto tensors = test::made_tensors(model);
  tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"];
  tensors.erase("model.embed_tokens.weight");
  write_file(folder / "config.json", model["config"].dump());
  test::write_made(folder / "model.safetensors", tensors);
  CHECK(load_checkpoint(folder.path()).model.config().tied);
}

TEST_CASE("An adapter beside a model is named with what merges it", "[names]") {
  const test::TemporaryFolder folder;
  write_renamed(folder.path(), golden()["models"][0], [](const auto& name) { return name; });
  CHECK(load_checkpoint(folder.path()).notes.empty());
  write_file(folder / "adapter_config.json", "{}");
  std::filesystem::create_directories(folder / "alone");
  write_file(folder / "alone/adapter_config.json", "{}");
  CHECK_THAT(test::refusal([&] { load_checkpoint(folder / "alone"); }),
             Contains("adapter without"));
  const auto notes = load_checkpoint(folder.path()).notes;
  REQUIRE(notes.size() == 1);
  CHECK_THAT(notes.front(), Contains("adapter_config.json") && Contains("merge_and_unload"));
}

TEST_CASE("NaN and Infinity in a config.json are refused only where they are read", "[names]") {
  const test::TemporaryFolder folder;
  const auto& model = golden()["models"][0];
  write_renamed(folder.path(), model, [](const auto& name) { return name; });
  const auto with = [&](const std::string& key, const std::string& value) {
    auto config = model["config"];
    config[key] = "HERE";
    auto text = config.dump();
    text.replace(text.find("\"HERE\""), 6, value);
    write_file(folder / "config.json", text);
  };
  for (const auto* const value : {"NaN", "Infinity", "-Infinity"}) {
    with("initializer_range", value);
    CHECK(load_checkpoint(folder.path()).format == "safetensors");
    with("rms_norm_eps", value);
    CHECK_THAT(test::refusal([&] { load_checkpoint(folder.path()); }), Contains("rms_norm_eps"));
  }
  with("note", "\"NaN in a text\"");
  CHECK(load_checkpoint(folder.path()).format == "safetensors");
}
