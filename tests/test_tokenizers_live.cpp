// test_tokenizers_live.cpp: the same strings to us and to Hugging Face's `tokenizers`, where .venv
// has it. Strings are drawn anew from code points that Unicode 3.2 knew: later ones depend on the
// version of the library that each side has.

#include "models/text/characters.hpp"
#include "models/text/normal_form.hpp"
#include "tests/python.hpp"
#include "tests/tokenizer_files.hpp"

using namespace ww;
using Json = nlohmann::json;

namespace {

bool has_reference() {
  if (test::python_has("tokenizers")) return true;
  test::skip("no Python with `tokenizers` in .venv");
  return false;
}

/// What a script prints for its arguments, a line each.
std::vector<std::string> answers(const std::string& script, std::vector<std::string> arguments) {
  const test::TemporaryFolder folder;
  arguments.insert(arguments.begin(), (folder / "answers").string());
  REQUIRE(test::run_python(script, arguments));
  return test::lines_of(folder / "answers");
}

constexpr const char* kEncode = R"(
import json, random, sys, unicodedata
from tokenizers import Tokenizer
answers, folder, name, seed = sys.argv[1:]
sys.dont_write_bytecode = True
sys.path.insert(0, folder)
import nasty
known = [chr(p) for p in range(0x110000) if unicodedata.ucd_3_2_0.category(chr(p)) not in ("Cn", "Cs")]
draw = random.Random(seed)
texts = nasty.lines(1500, int(seed))
for _ in range(1500):
    some = draw.sample(known, 4) + list(" 'a\n")
    texts.append("".join(draw.choice(draw.choice([known, some])) for _ in range(draw.randint(1, 40))))
tokenizer = Tokenizer.from_file(f"{folder}/{name}.json")
with open(answers, "w", encoding="utf-8") as out:
    for text in texts:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        out.write(json.dumps([text, ids]) + "\n")
)";

constexpr const char* kNormalForms = R"(
import json, random, sys
from tokenizers import normalizers
points = [chr(p) for p in range(0x110000) if not 0xD800 <= p < 0xE000]
with open(sys.argv[1], "w", encoding="utf-8") as out:
    for form in ["NFC", "NFD", "NFKC", "NFKD"]:
        normalise = getattr(normalizers, form)().normalize_str
        changed = [p for p in points if normalise(p) != p]
        draw = random.Random(form)
        texts = ["".join(draw.choice(changed + ["a", "\u0301", "\u0323"]) for _ in range(9)) for _ in range(3000)]
        out.write(json.dumps([[t, normalise(t)] for t in changed + texts]) + "\n")
)";

constexpr const char* kClasses = R"(
import json, sys, unicodedata
from tokenizers import pre_tokenizers
def apart(pre_tokenizer, point):
    return len(pre_tokenizer.pre_tokenize_str("\U0001F600" + point + "\U0001F600")) != 1
points = [chr(p) for p in range(0x110000) if unicodedata.ucd_3_2_0.category(chr(p)) not in ("Cn", "Cs")]
with open(sys.argv[1], "w", encoding="utf-8") as out:
    for tested in [pre_tokenizers.Digits(True), pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation(), pre_tokenizers.Whitespace()]:
        for p in points:
            out.write(f"{ord(p):x} {int(apart(tested, p))}\n")
)";

std::string folder_of_recorded() { return test::recorded("").parent_path().string(); }

}  // namespace

TEST_CASE("Ids of random strings are those of the reference", "[tokenizers][live]") {
  if (!has_reference()) return;
  for (const std::string name :
       {"gpt2", "llama3", "qwen2", "gemma", "smollm2", "llama2", "mistral", "parts"}) {
    const auto tokenizer = tokenizer_for("x", test::recorded(name + ".json"));
    const auto rows = answers(kEncode, {folder_of_recorded(), name, "20250912"});
    REQUIRE(rows.size() == 3000);
    for (const auto& row : rows) {
      const auto answer = Json::parse(row);
      INFO(name << ": " << row);
      REQUIRE(tokenizer->encode(answer[0].get<std::string>()) ==
              answer[1].get<std::vector<int32_t>>());
    }
  }
}

TEST_CASE("Normal forms are the reference's for all characters", "[tokenizers][live]") {
  if (!has_reference()) return;
  const auto rows = answers(kNormalForms, {});
  REQUIRE(rows.size() == 4);
  const NormalForm forms[] = {NormalForm::nfc, NormalForm::nfd, NormalForm::nfkc, NormalForm::nfkd};
  for (size_t form = 0; form < rows.size(); ++form) {
    std::map<std::string, std::string> expected;
    for (const auto& [text, normal] :
         Json::parse(rows[form]).get<std::vector<std::pair<std::string, std::string>>>()) {
      INFO(text);
      REQUIRE(normal_form(text, forms[form]) == normal);
      expected[text] = normal;
    }
    size_t differ = 0;
    for (uint32_t point = 0; point < 0x110000; ++point) {
      if (point >= 0xd800 && point < 0xe000) continue;
      std::string text;
      append_utf8(text, point);
      differ += !expected.contains(text) && normal_form(text, forms[form]) != text;
    }
    CHECK(differ == 0);
  }
}

TEST_CASE("Classes of characters are the reference's", "[tokenizers][live]") {
  if (!has_reference()) return;
  const auto rows = answers(kClasses, {});
  REQUIRE(rows.size() % 4 == 0);
  // Where a point lies between two symbols, Whitespace parts what is a word character or a space.
  bool (*const classes[])(uint32_t) = {
      is_number, is_space, is_punctuation, [](uint32_t p) { return is_word(p) || is_space(p); }};
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto point = static_cast<uint32_t>(std::stoul(rows[i], nullptr, 16));
    INFO(rows[i] << ", class " << i / (rows.size() / 4));
    REQUIRE(classes[i / (rows.size() / 4)](point) == rows[i].ends_with('1'));
  }
}
