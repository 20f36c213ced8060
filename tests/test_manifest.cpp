// test_manifest.cpp: other trainers' weights by whatwhere.json.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include "models/load.hpp"
#include "tests/catch.hpp"
#include "tests/made_weights.hpp"

using namespace ww;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

/// A run folder of ours restated as another trainer's: other names, q, k, v apart, one transposed.
Json foreign(const std::filesystem::path& folder, const std::string& encoding) {
  ModelConfig config;
  config.vocabulary = 11;
  config.width = 16;
  config.heads = config.key_heads = 2;
  config.head_width = 8;
  config.hidden = 24;
  config.encoding = encoding;
  Decoder model(config, at::kFloat);
  model.parameters().initialise(3, 16, 2);
  test::MadeTensors tensors;
  const auto add = [&](const std::string& name, const at::Tensor& value) {
    const auto host = value.contiguous();
    const auto* const data = host.const_data_ptr<float>();
    tensors[name] = {host.sizes().vec(), {data, data + host.numel()}};
  };
  const auto& p = model.parameters();
  add("wte", p.at("embed.weight"));
  add("ln_f", p.at("norm.weight"));
  add("unembed", p.at("head.weight").t());
  for (const std::string l : {"0", "1"}) {
    const auto ours = "blocks." + l + ".", theirs = "h." + l + ".";
    const auto qkv = p.at(ours + "attn.qkv.weight");
    for (int i = 0; i < 3; ++i) add(theirs + "qkv"[i], qkv.narrow(0, 16 * i, 16));
    add(theirs + "o", p.at(ours + "attn.out.weight"));
    add(theirs + "n1", p.at(ours + "attn_norm.weight"));
    add(theirs + "n2", p.at(ours + "mlp_norm.weight"));
    add(theirs + "up", p.at(ours + "mlp.in.weight"));
    add(theirs + "down", p.at(ours + "mlp.out.weight"));
    if (encoding == "pope") add(theirs + "phase", p.at(ours + "attn.delta") - 0.5);
  }
  test::write_made(folder / "foreign.safetensors", tensors);
  Json manifest = {{"format", "whatwhere-manifest"},
                   {"version", 1},
                   {"weights", "foreign.safetensors"},
                   {"model",
                    {{"vocabulary", 11},
                     {"width", 16},
                     {"layers", 2},
                     {"heads", 2},
                     {"key_heads", 2},
                     {"head_width", 8},
                     {"hidden", 24},
                     {"activation", "gelu"},
                     {"norm", "rms"},
                     {"norm_epsilon", 1e-6}}},
                   {"encoding", {{"name", encoding}, {"base", 10000}}},
                   {"tensors",
                    {{"embed.weight", "wte"},
                     {"norm.weight", "ln_f"},
                     {"head.weight", "unembed"},
                     {"blocks.{l}.attn.qkv.weight", {"h.{l}.q", "h.{l}.k", "h.{l}.v"}},
                     {"blocks.{l}.attn.out.weight", "h.{l}.o"},
                     {"blocks.{l}.attn_norm.weight", "h.{l}.n1"},
                     {"blocks.{l}.mlp_norm.weight", "h.{l}.n2"},
                     {"blocks.{l}.mlp.in.weight", "h.{l}.up"},
                     {"blocks.{l}.mlp.out.weight", "h.{l}.down"}}},
                   {"transpose", {"unembed"}}};
  if (encoding == "pope") {
    manifest["encoding"]["delta"] = "h.{l}.phase";
    manifest["encoding"]["delta_clamp"] = {-6.2832, 0};
    manifest["encoding"]["magnitude"] = "softplus";
  } else {
    manifest["encoding"]["layout"] = "half";
  }
  return manifest;
}

}  // namespace

TEST_CASE("A manifest makes another trainer's weights a model of ours", "[manifest]") {
  const c10::NoGradGuard no_grad;
  const auto input = text_input({1, 2, 3, 4, 5, 6}, at::kCPU);
  for (const std::string encoding : {"pope", "rope"}) {
    DYNAMIC_SECTION(encoding) {
      const test::TemporaryFolder folder;
      write_file(folder / "whatwhere.json", foreign(folder.path(), encoding).dump());
      const auto loaded = load_checkpoint(folder.path());
      ModelConfig config = loaded.model.config();
      config.tables.clear();
      config.encoding_options.delta = "zero";
      Decoder twin(config, at::kFloat);
      twin.parameters().initialise(3, 16, 2);
      for (const std::string l : {"0", "1"}) {
        if (encoding == "pope") twin.parameters().at("blocks." + l + ".attn.delta").sub_(0.5);
      }
      CHECK((loaded.model.forward(input) - twin.forward(input)).abs().max().item<double>() < 1e-6);
    }
  }
}

TEST_CASE("A manifest that is wrong is refused with what would be right", "[manifest]") {
  const test::TemporaryFolder folder;
  const auto whole = foreign(folder.path(), "pope");
  const auto refused = [&](auto&& change) {
    auto manifest = whole;
    change(manifest);
    write_file(folder / "whatwhere.json", manifest.dump());
    return test::refusal([&] { load_checkpoint(folder.path()); });
  };
  CHECK_THAT(refused([](Json& m) { m["tensors"]["embed.weight"] = "wtee"; }),
             Contains("'wtee'") && Contains("nearest are: wte"));
  CHECK_THAT(refused([](Json& m) { m["surprise"] = 1; }), Contains("\"surprise\""));
  CHECK_THAT(refused([](Json& m) { m["model"]["depth"] = 1; }), Contains("\"depth\""));
  CHECK_THAT(refused([](Json& m) { m["encoding"]["name"] = "cape"; }), Contains("'cape'"));
  CHECK_THAT(refused([](Json& m) {
               m["encoding"]["delta_clamp"] = {-1, 1};
             }),
             Contains("delta_clamp"));
  CHECK_THAT(refused([](Json& m) {
               m["encoding"]["frequencies"] = {1, 2};
             }),
             Contains("2 frequencies"));
  CHECK_THAT(refused([](Json& m) {
               m["encoding"]["frequencies"] = {8, 7, 6, 5, 4, 3, 2, 3};
             }),
             Contains("number 7 is 3"));
  CHECK_THAT(refused([](Json& m) {
               m["encoding"]["frequencies"] = {8, 7, 6, 5, 4, 3, 2, -1};
             }),
             Contains("number 7 is -1"));
  CHECK_THAT(refused([](Json& m) { m["encoding"]["layout"] = "half"; }),
             Contains("\"layout\" is of rope alone"));
  CHECK_THAT(refused([](Json& m) {
               m["encoding"] = {{"name", "rope"}, {"base", 9}, {"layout", "half"}, {"delta", "x"}};
             }),
             Contains("\"delta\" is of pope alone"));
  CHECK_THAT(refused([](Json& m) { m["tensors"].erase("norm.weight"); }),
             Contains("'norm.weight'"));
  CHECK_THAT(refused([](Json& m) { m["weights"] = "../x"; }), Contains("outside"));
  CHECK_THAT(refused([](Json& m) { m["version"] = 2; }), Contains("version 1"));
  write_file(folder / "whatwhere.json", whole.dump());
  std::filesystem::copy(folder / "foreign.safetensors", folder / "other.safetensors");
  CHECK_NOTHROW(load_checkpoint(folder / "foreign.safetensors"));
  CHECK_THAT(test::refusal([&] { load_checkpoint(folder / "other.safetensors"); }),
             Contains("describes") && Contains("foreign.safetensors"));
  CHECK_THAT(refused([](Json& m) { m["model"]["encoding"] = "rope"; }), Contains("\"encoding\""));
}

TEST_CASE("A manifest must say what no shape would show, and what it leaves out is noted",
          "[manifest]") {
  const test::TemporaryFolder folder;
  const auto load = [&](const Json& manifest) {
    write_file(folder / "whatwhere.json", manifest.dump());
    return load_checkpoint(folder.path());
  };
  for (const std::string encoding : {"pope", "rope"}) {
    const auto whole = foreign(folder.path(), encoding);
    const auto without = [&](const char* part, const std::string& field) {
      auto manifest = whole;
      REQUIRE(manifest[part].erase(field) == 1);
      INFO(field);
      CHECK_THAT(test::refusal([&] { load(manifest); }), Contains(field));
    };
    for (const auto& [field, value] : whole["model"].items()) without("model", field);
    without("encoding", "base");
    without("encoding", encoding == "pope" ? "magnitude" : "layout");
    auto given = whole;
    given["model"]["tied"] = false;
    const auto notes = load(given).notes;
    REQUIRE(notes.size() == 2);
    CHECK_THAT(notes[0], Contains("norm_place \"before\"") && Contains("gated false"));
    CHECK_THAT(notes[0], !Contains("tied") && !Contains("activation"));
    CHECK_THAT(notes[1], Contains("rotary_width 8") && !Contains("delta"));
  }
}
