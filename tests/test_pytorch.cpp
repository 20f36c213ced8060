// test_pytorch.cpp: checkpoints of torch.save, read without running their code; and manifests.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cstring>

#include "models/formats/pytorch.hpp"
#include "models/load.hpp"
#include "tests/catch.hpp"
#include "tests/made_weights.hpp"
#include "tests/python.hpp"

using namespace ww;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

std::filesystem::path golden(const char* name) {
  return test::source_root() / "tests/golden" / name;
}

std::vector<float> values(const WeightFile& file, const std::string& name) {
  return widen(name, file.tensors.at(name));
}

using Floats = std::vector<float>;

}  // namespace

TEST_CASE("A plain state dict gives its tensors", "[pytorch]") {
  const auto file = read_pytorch(golden("plain.pt"));
  CHECK(file.tensors.size() == 4);
  CHECK(values(file, "a") == Floats{0, 1, 2, 3, 4, 5});
  CHECK(file.tensors.at("a").shape == std::vector<int64_t>{2, 3});
  CHECK(values(file, "b") == Floats{0, 1, 2, 3});
  CHECK(values(file, "empty").empty());
  CHECK(values(file, "scalar") == Floats{7});
}

TEST_CASE("A training checkpoint gives its model's tensors, views of shared storages too",
          "[pytorch]") {
  const auto file = read_pytorch(golden("wrapped.pt"));
  CHECK(file.tensors.size() == 8);
  CHECK(values(file, "row") == Floats{4, 5, 6, 7});
  CHECK(values(file, "turned") == Floats{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11});
  CHECK(file.tensors.at("turned").shape == std::vector<int64_t>{4, 3});
  CHECK(values(file, "part") == Floats{1, 2, 5, 6, 9, 10});
  CHECK(values(file, "half") == Floats{0, 1, 2, 3});
  CHECK(file.tensors.at("brain").type_name == "BF16");
  CHECK(values(file, "brain") == Floats{0, 1, 2, 3});
  CHECK(values(file, "double") == Floats{0, 1});
  CHECK(values(file, "parameter") == Floats{0, 1, 2, 3});
}

TEST_CASE("A checkpoint that asks for code is refused by what it asks for", "[pytorch]") {
  CHECK_THAT(test::refusal([&] { read_pytorch(golden("evil.pt")); }),
             Contains("evil.pt") && Contains("system") && Contains("runs no code"));
}

TEST_CASE("PyTorch files that are cut off, old or spoilt are refused", "[pytorch]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.pt";
  const auto refused = [&](std::string_view bytes) {
    write_file(path, bytes);
    return test::refusal([&] { read_pytorch(path); });
  };
  for (const auto* const name : {"plain.pt", "wrapped.pt"}) {
    const auto whole = read_file(golden(name));
    for (size_t length = 0; length < whole.size(); length += 7) {
      INFO(name << " cut at " << length);
      REQUIRE_THAT(refused(std::string_view(whole).substr(0, length)), Contains("a.pt"));
    }
    // A byte changed anywhere is refused or harmless, never a crash.
    for (size_t at = 0; at < whole.size(); at += 3) {
      auto bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ 0x5a);
      write_file(path, bytes);
      try {
        for (const auto& [tensor, view] : read_pytorch(path).tensors) {
          if (view.type != nullptr && view.type->widen != nullptr) widen(tensor, view);
        }
      } catch (const InputError&) {
      }
    }
  }
  CHECK_THAT(refused("\x80\x02}q\x01."), Contains("older than PyTorch 1.6"));
  auto squeezed = read_file(golden("plain.pt"));
  const auto entry = squeezed.rfind("PK\x01\x02");
  squeezed[entry + 10] = 8;  // the method: deflated
  CHECK_THAT(refused(squeezed), Contains("compressed"));
}

TEST_CASE("A PyTorch folder answers as its safetensors twin", "[pytorch][python]") {
  if (!test::python_has("torch")) return test::skip("no Python with torch");
  const test::TemporaryFolder folder;
  const auto families = Json::parse(read_file(golden("families.json")));
  const auto& model = families["models"][1];
  test::write_huggingface(folder / "st", model);
  std::filesystem::create_directory(folder / "pt");
  write_file(folder / "pt" / "config.json", model["config"].dump());
  REQUIRE(test::run_python(R"(
import json, struct, sys, torch
raw = open(sys.argv[1] + '/model.safetensors', 'rb').read()
n = struct.unpack('<Q', raw[:8])[0]
state = {}
for name, entry in json.loads(raw[8 : 8 + n]).items():
    if name != '__metadata__':
        a, b = entry['data_offsets']
        state[name] = torch.frombuffer(bytearray(raw[8 + n + a : 8 + n + b]), dtype=torch.float32).reshape(entry['shape'])
names = sorted(state)
half = len(names) // 2
torch.save({k: state[k] for k in names[:half]}, sys.argv[2] + '/pytorch_model-00001-of-00002.bin')
torch.save({k: state[k] for k in names[half:]}, sys.argv[2] + '/pytorch_model-00002-of-00002.bin')
weight_map = {k: 'pytorch_model-0000%d-of-00002.bin' % (1 if k in names[:half] else 2) for k in names}
json.dump({'weight_map': weight_map}, open(sys.argv[2] + '/pytorch_model.bin.index.json', 'w'))
torch.save(state, sys.argv[2] + '/whole.pt')
torch.save({k: 0 * v for k, v in state.items()}, sys.argv[2] + '/zero.pt')
)",
                           {(folder / "st").string(), (folder / "pt").string()}));
  const c10::NoGradGuard no_grad;
  const auto input = text_input(families["ids"].get<std::vector<int32_t>>(), at::kCPU);
  const auto a = load_checkpoint(folder / "st").model.forward(input);
  const auto b = load_checkpoint(folder / "pt").model.forward(input);
  CHECK(a.equal(b));
  CHECK(load_checkpoint(folder / "pt").format == "pytorch");
  for (const auto* const file : {"whole.pt", "pytorch_model-00002-of-00002.bin"}) {
    CHECK(load_checkpoint(folder / "pt" / file).model.forward(input).equal(a));
  }
  CHECK_FALSE(load_checkpoint(folder / "pt" / "zero.pt").model.forward(input).equal(a));
}

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
    REQUIRE(notes.size() == 1);
    CHECK_THAT(notes[0], Contains("norm_place \"before\"") && Contains("gated false"));
    CHECK_THAT(notes[0], !Contains("tied") && !Contains("activation"));
  }
}
