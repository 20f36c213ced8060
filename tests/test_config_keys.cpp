// test_config_keys.cpp: every key of every family's configuration removed, null and changed, and
// keys that a family does not have, against what the reference library makes of the same files.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "models/formats/families.hpp"
#include "models/formats/family_defaults.hpp"
#include "models/inputs.hpp"
#include "models/load.hpp"
#include "tests/catch.hpp"
#include "tests/made_weights.hpp"

using namespace ww;

namespace {

using JsonValue = nlohmann::json;

const JsonValue& golden() {
  static const auto all =
      JsonValue::parse(read_file(test::source_root() / "tests/golden/config_keys.json"));
  return all;
}

/// Cases that the library computes and we may refuse: what the decoder does not do, and rotary
/// parameters that say one thing twice.
bool may_be_refused(const JsonValue& change) {
  const auto set = change.value("set", JsonValue::object());
  if (set.contains("is_causal") || set.contains("use_bidirectional_attention")) return true;
  const auto ropes = set.value("rope_parameters", JsonValue());
  return ropes.is_object() && ropes.contains("full_attention");
}

/// Cases that the library refuses for want of a table as long as the text, which we extend, or for
/// the contents of a key that the family does not have, which we pass over.
bool may_be_computed(const std::string& family, const JsonValue& change) {
  const auto set = change.value("set", JsonValue::object());
  return family == "gptj" &&
         (set.contains("n_positions") || set.contains("max_position_embeddings") ||
          set.contains("rope_parameters"));
}

JsonValue changed(JsonValue config, const JsonValue& change) {
  if (change.contains("remove")) config.erase(change["remove"].get<std::string>());
  config.update(change.value("set", JsonValue::object()));
  return config;
}

/// The weights of the unchanged configuration, with the shapes that the case says are others.
test::MadeTensors tensors_of(const JsonValue& family, const JsonValue& change) {
  JsonValue model = family;
  const auto shapes = change.value("shapes", JsonValue::object());
  for (const auto& [name, shape] : shapes.items()) {
    if (shape.is_null()) model["shapes"].erase(name);
    if (!shape.is_null()) model["shapes"][name] = shape;
  }
  return test::made_tensors(model);
}

double difference(const std::filesystem::path& folder, const JsonValue& expected) {
  const c10::NoGradGuard no_grad;
  const auto ids = golden()["ids"].get<std::vector<int32_t>>();
  auto loaded = load_checkpoint(folder);
  set_text_length(loaded, static_cast<int64_t>(ids.size()));
  const auto logits = loaded.model.forward(text_input(ids, at::kCPU))[0].to(at::kDouble);
  double largest = 0;
  for (size_t r = 0; r < expected.size(); ++r) {
    const auto row = logits[golden()["rows"][r].get<int64_t>()];
    for (size_t c = 0; c < expected[r].size(); ++c) {
      const double found = row[static_cast<int64_t>(c)].item<double>();
      largest = std::max(largest, std::abs(found - expected[r][c].get<double>()));
    }
  }
  return largest;
}

/// What is wrong with our answer to a case; empty where nothing is.
std::string fault(const JsonValue& family, const JsonValue& form, const JsonValue& change) {
  const test::TemporaryFolder folder;
  write_file(folder / "config.json", changed(form["config"], change).dump());
  test::write_made(folder / "model.safetensors", tensors_of(family, change));
  const bool refused = change.value("refused", false);
  const auto name = family["family"].get<std::string>();
  try {
    if (refused) {
      load_checkpoint(folder.path());
      return may_be_computed(name, change) ? "" : "is computed, but the library refuses it";
    }
    const auto& logits =
        change.value("same", false) ? form["cases"][0]["logits"] : change["logits"];
    const double error = difference(folder.path(), logits);
    return error < 2e-4 ? "" : fmt::format("differs by {:.2g}", error);
  } catch (const InputError& error) {
    const bool fine = refused || change.value("loose", false) || may_be_refused(change);
    return fine ? "" : error.what();
  }
}

}  // namespace

TEST_CASE("A key removed, null, changed or not the family's gives the reference library's logits",
          "[defaults]") {
  for (const auto& family : golden()["families"]) {
    for (const auto& form : family["forms"]) {
      for (const auto& change : form["cases"]) {
        JsonValue shown = change;
        for (const auto* const key : {"logits", "shapes"}) shown.erase(key);
        INFO(family["family"] << ": " << shown.dump());
        CHECK(fault(family, form, change).empty());
      }
    }
  }
}

TEST_CASE("Every key of a family's table is removed and changed in the recorded cases",
          "[defaults]") {
  for (const auto& row : families()) {
    const auto recorded = std::ranges::find_if(golden()["families"], [&](const JsonValue& family) {
      return family["family"] == row.model_type;
    });
    REQUIRE(recorded != golden()["families"].end());
    for (const auto& [key, value] : family_defaults(row.model_type).items()) {
      INFO(row.model_type << ": " << key);
      CHECK(std::ranges::any_of((*recorded)["forms"], [&](const JsonValue& form) {
        return std::ranges::any_of(form["cases"], [&](const JsonValue& change) {
          return change.value("set", JsonValue::object()).contains(key);
        });
      }));
    }
  }
}
