// test_pytorch.cpp: checkpoints of torch.save, read without running their code.

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cstring>

#include "models/formats/pickle.hpp"
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

TEST_CASE("Objects beside the weights are passed over by name and never called", "[pytorch]") {
  const auto file = read_pytorch(golden("evil.pt"));  // os.system beside a tensor
  CHECK(values(file, "a") == Floats{0, 1});
  CHECK(file.tensors.size() == 1);
  REQUIRE(file.notes.size() == 1);
  CHECK_THAT(file.notes.front(), Contains("evil.pt") && Contains("system") && Contains("no code"));
}

namespace {

/// The tensors' names of a pickle of protocol 2, or the sentence it is refused with. `T` in the
/// text stands for a tensor.
std::string pickle_of(const std::string& body) {
  using namespace std::string_literals;
  const auto tensor =
      "ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0"
      "0X\x03\0\0\0cpuK\x01tQK\0K\x01\x85K\x01\x85\x89NtR"s;
  std::string bytes = "\x80\x02";
  for (const char c : body) bytes += c == 'T' ? tensor : std::string(1, c);
  bytes += '.';
  try {
    const auto found = read_pickle(std::as_bytes(std::span(bytes)), "a.pt");
    std::string names;
    for (const auto& [name, shape] : found.tensors) names += name + " ";
    for (const auto& name : found.skipped) names += "(" + name + ") ";
    return names;
  } catch (const InputError& error) {
    return error.what();
  }
}

std::string key(const std::string& name) {
  return "X" + std::string(1, static_cast<char>(name.size())) + std::string(3, '\0') + name;
}

}  // namespace

TEST_CASE("A state dict is found under its usual names, or as the only one there is", "[pytorch]") {
  const auto dict = [](const std::string& pairs) { return "}(" + pairs + "u"; };
  const auto state = dict(key("w") + "T");
  for (const auto* const name :
       {"model", "state_dict", "module", "model_state_dict", "net", "anything"}) {
    CHECK_THAT(pickle_of(dict(key("epoch") + "K\x03" + key(name) + state)), Contains("w "));
  }
  CHECK_THAT(pickle_of(dict(key("a") + state + key("b") + state)),
             Contains("several") && Contains("\"a\""));
  CHECK_THAT(pickle_of(dict(key("a") + "K\x01")), Contains("none of its dictionaries"));
  CHECK_THAT(pickle_of("]"), Contains("model.state_dict()"));
}

TEST_CASE("Objects of any class, bytes and sets beside a state dict are passed over", "[pytorch]") {
  const std::string state = key("model") + "}(" + key("w") + "Tu";
  const std::vector<std::pair<std::string, std::string>> beside = {
      {"cargparse\nNamespace\n)\x81}(" + key("lr") + "K\x01ub", "argparse.Namespace"},
      {"c__builtin__\nset\n](K\x01K\x02"
       "e\x85R",
       "__builtin__.set"},
      {"c_codecs\nencode\n" + key("abc") + key("latin1") + "\x86R", "_codecs.encode"},
      {"ccollections\nCounter\n}(K\x01K\x02u\x85R", "collections.Counter"},
      {"cposix\nsystem\n" + key("true") + "\x85R", "posix.system"},
      {"C\x03"
       "abc",
       ""},
      {"\x8f(K\x01\x90", ""},
      {"(K\x01\x91", ""},
      {"I42\n", ""},
      {"F0.5\n", ""}};
  for (const auto& [object, name] : beside) {
    INFO(object);
    const auto found = pickle_of("}(" + key("x") + object + state + "u");
    CHECK_THAT(found, Contains("w ") && Contains(name));
  }
  CHECK_THAT(pickle_of("cmy\nModel\n)\x81}b"), Contains("my.Model") && Contains("runs no code"));
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
