// test_gguf.cpp: models in GGUF files answer as their originals do, or are refused.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cstring>
#include <sstream>

#include "models/formats/gguf.hpp"
#include "models/load.hpp"
#include "tests/catch.hpp"
#include "tests/gguf_builder.hpp"
#include "tests/made_weights.hpp"

using namespace ww;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

Json read_golden(const char* name) {
  return Json::parse(read_file(test::source_root() / "tests/golden" / name));
}

const Json& recipes() {
  static const auto all = read_golden("gguf_files.json");
  return all;
}

const Json& families() {
  static const auto all = read_golden("families.json");
  return all;
}

const Json& original(const std::string& name) {
  for (const auto& model : families()["models"]) {
    if (model["name"] == name) return model;
  }
  throw std::out_of_range(name);
}

using Rows = std::vector<float>;

/// Row r of the result is row order[r] of the source; vectors are rows of one value.
Rows reordered(const Rows& source, const std::vector<int64_t>& order) {
  const auto width = source.size() / order.size();
  Rows rows;
  for (const auto row : order) {
    rows.insert(rows.end(), source.begin() + row * width, source.begin() + (row + 1) * width);
  }
  return rows;
}

/// What a converter does to the rows, restated.
Rows converted(const Rows& source, int64_t count, const std::string& rule) {
  std::istringstream words(rule);
  std::string name;
  int64_t heads = 1;
  words >> name >> heads;
  std::vector<int64_t> order;
  const auto D = name == "neox" ? count / heads / 3 : count / heads;
  if (name == "permute") {  // features i and i + D/2 of a head become neighbours
    for (int64_t h = 0; h < heads; ++h) {
      for (int64_t i = 0; i < D / 2; ++i) {
        order.push_back(h * D + i);
        order.push_back(h * D + i + D / 2);
      }
    }
    return reordered(source, order);
  }
  if (name == "neox") {
    for (int64_t part = 0; part < 3; ++part) {
      for (int64_t h = 0; h < heads; ++h) {
        for (int64_t d = 0; d < D; ++d) order.push_back((3 * h + part) * D + d);
      }
    }
    return reordered(source, order);
  }
  auto rows = source;
  if (name == "add") std::ranges::for_each(rows, [](float& value) { value += 1; });
  return rows;
}

using test::gguf_file;
using test::Written;

std::vector<Written> tensors_of(const Json& recipe) {
  const auto made = test::made_tensors(original(recipe["name"]));
  std::vector<Written> all;
  for (const auto& tensor : recipe["tensors"]) {
    Written written{tensor[0], tensor[2].get<std::vector<int64_t>>(), {}};
    if (tensor[3] == "join") {
      for (const auto& source : tensor[1]) {
        const auto& part = made.at(source).second;
        written.values.insert(written.values.end(), part.begin(), part.end());
      }
    } else {
      written.values = converted(made.at(tensor[1]).second, written.shape[0], tensor[3]);
    }
    all.push_back(std::move(written));
  }
  for (const auto& tensor : recipe["extra"]) {
    const auto values = tensor[1].get<Rows>();
    all.push_back({tensor[0], {static_cast<int64_t>(values.size())}, values});
  }
  return all;
}

at::Tensor logits_of(const std::filesystem::path& path) {
  const c10::NoGradGuard no_grad;
  const auto ids = families()["ids"].get<std::vector<int32_t>>();
  auto loaded = load_checkpoint(path);
  set_text_length(loaded, static_cast<int64_t>(ids.size()));
  return loaded.model.forward(text_input(ids, at::kCPU))[0].to(at::kDouble);
}

at::Tensor recorded_logits(const std::string& name) {
  std::vector<at::Tensor> rows;
  for (const auto& row : original(name)["logits"]) {
    rows.push_back(at::tensor(row.get<std::vector<double>>(), at::kDouble));
  }
  return at::stack(rows);
}

at::Tensor recorded_rows(const at::Tensor& logits) {
  return logits.index_select(0, at::tensor(families()["rows"].get<std::vector<int64_t>>()));
}

}  // namespace

TEST_CASE("A model as GGUF answers as the reference library does with its original", "[gguf]") {
  for (const auto& recipe : recipes()["models"]) {
    const auto name = recipe["name"].get<std::string>();
    DYNAMIC_SECTION(name) {
      const test::TemporaryFolder folder;
      write_file(folder / "model.gguf", gguf_file(recipe["metadata"], tensors_of(recipe)));
      const auto found = recorded_rows(logits_of(folder / "model.gguf"));
      CHECK((found - recorded_logits(name)).abs().max().item<double>() < 1e-4);
    }
  }
}

TEST_CASE("A split GGUF is read from any of its files, or refused where one is missing", "[gguf]") {
  const test::TemporaryFolder folder;
  const auto& recipe = recipes()["models"][0];
  const auto all = tensors_of(recipe);
  const std::span<const Written> tensors(all);
  const auto none = Json::array();
  write_file(folder / "m-00001-of-00002.gguf", gguf_file(recipe["metadata"], tensors.first(5)));
  write_file(folder / "m-00002-of-00002.gguf", gguf_file(none, tensors.subspan(5)));
  for (const auto* const name : {"m-00001-of-00002.gguf", "m-00002-of-00002.gguf"}) {
    const auto found = recorded_rows(logits_of(folder / name));
    CHECK((found - recorded_logits(recipe["name"])).abs().max().item<double>() < 1e-4);
  }
  std::filesystem::remove(folder / "m-00002-of-00002.gguf");
  CHECK_THAT(test::refusal([&] { load_checkpoint(folder / "m-00001-of-00002.gguf"); }),
             Contains("m-00002-of-00002.gguf") && Contains("missing"));
}

TEST_CASE("A split GGUF whose parts disagree about the split is refused", "[gguf]") {
  const test::TemporaryFolder folder;
  const auto& recipe = recipes()["models"][0];
  const auto all = tensors_of(recipe);
  const std::span<const Written> tensors(all);
  const auto write = [&](const char* name, Json metadata, size_t from, size_t size, Json split) {
    for (const auto& [key, value] : split.items()) metadata.push_back({key, "u32", value});
    write_file(folder / name, gguf_file(metadata, tensors.subspan(from, size)));
  };
  const auto whole = [&](int number) {
    return Json{{"split.no", number}, {"split.count", 2}, {"split.tensors.count", all.size()}};
  };
  const auto first = folder / "m-00001-of-00002.gguf";
  const auto write_both = [&](const Json& one, const Json& two) {
    write("m-00001-of-00002.gguf", recipe["metadata"], 0, 5, one);
    write("m-00002-of-00002.gguf", Json::array(), 5, all.size() - 5, two);
  };
  write_both(whole(0), whole(1));
  CHECK(load_checkpoint(first).format == "gguf");
  write_both(whole(1), whole(0));
  CHECK_THAT(test::refusal([&] { load_checkpoint(first); }),
             Contains("m-00001-of-00002.gguf") && Contains("split.no"));
  for (const auto* const key : {"split.count", "split.tensors.count"}) {
    auto wrong = whole(1);
    wrong[key] = 3;
    write_both(whole(0), wrong);
    CHECK_THAT(test::refusal([&] { load_checkpoint(first); }),
               Contains("m-00002-of-00002.gguf") && Contains(key));
  }
  auto joined = whole(0);
  joined["split.count"] = 0;  // what llama.cpp writes of parts that it joined
  write("joined.gguf", recipe["metadata"], 0, all.size(), joined);
  CHECK(load_checkpoint(folder / "joined.gguf").format == "gguf");
  write("part.gguf", recipe["metadata"], 0, 5, whole(0));
  CHECK_THAT(test::refusal([&] { load_checkpoint(folder / "part.gguf"); }),
             Contains("split.count"));
}

TEST_CASE("A GGUF's rotary factor without a type is linear's, under either name", "[gguf]") {
  const test::TemporaryFolder folder;
  const auto& models = recipes()["models"];
  const auto linear = std::ranges::find(
      models, "llama linear", [](const Json& recipe) { return recipe["name"].get<std::string>(); });
  for (const auto* const key : {"llama.rope.scaling.factor", "llama.rope.scale_linear"}) {
    auto metadata = Json::array();
    for (auto pair : (*linear)["metadata"]) {
      if (pair[0] == "llama.rope.scaling.factor") pair[0] = key;
      if (pair[0] != "llama.rope.scaling.type") metadata.push_back(pair);
    }
    write_file(folder / "a.gguf", gguf_file(metadata, tensors_of(*linear)));
    const auto found = recorded_rows(logits_of(folder / "a.gguf"));
    INFO(key);
    CHECK((found - recorded_logits("llama linear")).abs().max().item<double>() < 1e-4);
  }
}

TEST_CASE("A GGUF's flag that is no flag is refused", "[gguf]") {
  const test::TemporaryFolder folder;
  for (const auto& recipe : recipes()["models"]) {
    auto metadata = recipe["metadata"];
    for (auto& pair : metadata) {
      if (pair[1] == "bool") pair = {pair[0], "u32", 0};
    }
    if (metadata == recipe["metadata"]) continue;
    write_file(folder / "a.gguf", gguf_file(metadata, tensors_of(recipe)));
    CHECK_THAT(test::refusal([&] { load_checkpoint(folder / "a.gguf"); }),
               Contains("use_parallel_residual") && Contains("true or false"));
  }
}

TEST_CASE("A GGUF model that is not supported is refused by name", "[gguf]") {
  const test::TemporaryFolder folder;
  const auto& recipe = recipes()["models"][0];
  const auto refused = [&](auto&& change) {
    auto metadata = recipe["metadata"];
    auto tensors = tensors_of(recipe);
    change(metadata, tensors);
    write_file(folder / "a.gguf", gguf_file(metadata, tensors));
    return test::refusal([&] { load_checkpoint(folder / "a.gguf"); });
  };
  using Tensors = std::vector<Written>;
  const auto set = [](Json& metadata, const char* key, const char* type, const Json& value) {
    for (auto& pair : metadata) {
      if (pair[0] == key) pair = {key, type, value};
    }
    metadata.push_back({key, type, value});
  };
  CHECK_THAT(refused([&](Json& m, Tensors&) { m[0][2] = "mamba"; }),
             Contains("'mamba'") && Contains("llama, qwen2"));
  CHECK_THAT(refused([&](Json& m, Tensors&) { set(m, "llama.expert_count", "u32", 8); }),
             Contains("llama.expert_count"));
  CHECK_THAT(
      refused([&](Json& m, Tensors&) { set(m, "llama.rope.scaling.type", "string", "ntk"); }),
      Contains("'ntk'"));
  CHECK_THAT(refused([&](Json& m, Tensors&) { set(m, "llama.rope.scaling.type", "u32", 3); }),
             Contains("llama.rope.scaling.type") && Contains("must be a text"));
  CHECK_THAT(refused([&](Json& m, Tensors&) { set(m, "llama.rope.scaling.factor", "f32", -2); }),
             Contains("factor must be above 0"));
  CHECK_THAT(refused([&](Json& m, Tensors&) {
               set(m, "llama.rope.scaling.factor", "f32", 2);
               set(m, "llama.rope.scale_linear", "f32", 4);
             }),
             Contains("rope.scale_linear"));
  CHECK_THAT(refused([&](Json& m, Tensors&) { m.erase(1); }), Contains("llama.block_count"));
  CHECK_THAT(refused([&](Json&, Tensors& t) { t.erase(t.begin() + 1); }), Contains("attn_q"));
  CHECK_THAT(refused([&](Json&, Tensors& t) { t[1].name = "blk.0.attn_sinks.weight"; }),
             Contains("attn_q"));
}
