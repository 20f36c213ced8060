// test_tokenizer_parts.cpp: each step of a tokenizer against its definition.

#include "models/text/added_tokens.hpp"
#include "models/text/byte_alphabet.hpp"
#include "models/text/normal_form.hpp"
#include "models/text/piece_decoder.hpp"
#include "models/text/pre_tokenizer.hpp"
#include "models/text/regex.hpp"
#include "models/text/splitting.hpp"
#include "tests/catch.hpp"

using namespace ww;
using Json = nlohmann::json;
using Words = std::vector<std::string>;

namespace {

JsonNode node(const Json& json) { return {json, "a.json"}; }

Words cut(const Json& pre_tokenizer, const std::string& text, bool first = true) {
  Words words;
  PreTokenizer(node(pre_tokenizer)).cut(text, first, [&](std::string_view word, bool) {
    words.emplace_back(word);
  });
  return words;
}

Json split(const Json& pattern, const char* behaviour, bool invert = false) {
  return {{"type", "Split"}, {"pattern", pattern}, {"behavior", behaviour}, {"invert", invert}};
}

std::string normalised(const Json& normalizer, const std::string& text) {
  bool first = true;
  return Normaliser(node(normalizer))(text, first);
}

}  // namespace

TEST_CASE("Normal forms are those of UAX 15", "[tokenizers]") {
  const auto all = [](const char* text) {
    return Words{normal_form(text, NormalForm::nfc),
                 normal_form(text, NormalForm::nfd),
                 normal_form(text, NormalForm::nfkc),
                 normal_form(text, NormalForm::nfkd)};
  };
  CHECK(all("\u212b") == Words{"\u00c5", "A\u030a", "\u00c5", "A\u030a"});
  CHECK(all("\ufb01\u2460") == Words{"\ufb01\u2460", "\ufb01\u2460", "fi1", "fi1"});
  CHECK(all("\u1e9b\u0323") ==
        Words{"\u1e9b\u0323", "\u017f\u0323\u0307", "\u1e69", "s\u0323\u0307"});
  CHECK(all("\uac01") == Words{"\uac01", "\u1100\u1161\u11a8", "\uac01", "\u1100\u1161\u11a8"});
  CHECK(normal_form("\u1100\u1161\u11a8", NormalForm::nfc) == "\uac01");
  CHECK(normal_form("a\u0315\u0300\u05ae\u0315b", NormalForm::nfc) == "\u00e0\u05ae\u0315\u0315b");
  CHECK(normal_form("\u0958", NormalForm::nfc) == "\u0915\u093c");  // excluded from composition
  CHECK(normal_form("a\u0328\u0301", NormalForm::nfc) == "\u0105\u0301");
  CHECK(normal_form("a\u0301\u0328", NormalForm::nfc) == "\u0105\u0301");
  CHECK(normal_form("plain", NormalForm::nfkd) == "plain");
  CHECK(normal_form("\u32ff", NormalForm::nfkc) == "\u32ff");  // of Unicode 12.1
}

TEST_CASE("A long run of marks is put in order in no time", "[tokenizers]") {
  std::string text = "a", ordered = "a";
  for (int i = 0; i < 200'000; ++i) text += "\u0301\u0323";
  for (int i = 0; i < 200'000; ++i) ordered += "\u0323";
  for (int i = 0; i < 200'000; ++i) ordered += "\u0301";
  CHECK((normal_form(text, NormalForm::nfd) == ordered));
}

TEST_CASE("Normalisers do what they are called", "[tokenizers]") {
  CHECK(normalised({{"type", "Lowercase"}}, "ÀΣ\u0130K") == "àσi\u0307k");
  const Json strip = {{"type", "Strip"}, {"strip_left", true}, {"strip_right", true}};
  CHECK(normalised(strip, " \u2003 a b\u3000\n") == "a b");
  CHECK(normalised(strip, " \n ").empty());
  CHECK(normalised({{"type", "Prepend"}, {"prepend", "▁"}}, "a") == "▁a");
  CHECK(normalised({{"type", "Prepend"}, {"prepend", "▁"}}, "").empty());
  const Json marks = {
      {"type", "Replace"}, {"pattern", {{"Regex", "[aeiou]"}}}, {"content", "\\0."}};
  CHECK(normalised(marks, "tea") == "t\\0.\\0.");  // no references in the content
  const Json both = {{"type", "Sequence"},
                     {"normalizers", {{{"type", "NFKC"}}, {{"type", "Lowercase"}}}}};
  CHECK(normalised(both, "\u212bﬁ") == "\u00e5fi");
}

TEST_CASE("What a split does with its matches", "[tokenizers]") {
  const Json dash = {{"String", "-"}};
  CHECK(cut(split(dash, "Removed"), "a--b-") == Words{"a", "b"});
  CHECK(cut(split(dash, "Isolated"), "a--b-") == Words{"a", "-", "-", "b", "-"});
  CHECK(cut(split(dash, "MergedWithPrevious"), "-a--b-") == Words{"-", "a-", "-", "b-"});
  CHECK(cut(split(dash, "MergedWithNext"), "-a--b-") == Words{"-a", "-", "-b", "-"});
  CHECK(cut(split(dash, "Contiguous"), "a--b-") == Words{"a", "--", "b", "-"});
  CHECK(cut(split(dash, "Removed", true), "a--b-") == Words{"-", "-", "-"});
  CHECK(cut(split({{"Regex", "(?=[A-Z])"}}, "Isolated"), "aBcD") == Words{"a", "Bc", "D"});
}

TEST_CASE("Pre-tokenizers cut where they say", "[tokenizers]") {
  CHECK(cut({{"type", "Whitespace"}}, "it's  0x1\u0301, \u200dé!") ==
        Words{"it", "'", "s", "0x1\u0301", ",", "\u200dé", "!"});
  CHECK(cut({{"type", "WhitespaceSplit"}}, " it's\u3000a\n") == Words{"it's", "a"});
  CHECK(cut({{"type", "Digits"}, {"individual_digits", true}}, "a12\u0663½") ==
        Words{"a", "1", "2", "\u0663", "½"});
  CHECK(cut({{"type", "Digits"}, {"individual_digits", false}}, "a12\u0663b") ==
        Words{"a", "12\u0663", "b"});
  CHECK(cut({{"type", "Punctuation"}}, "a$b«c") == Words{"a", "$", "b", "«", "c"});
  const Json bytes = {{"type", "ByteLevel"}, {"add_prefix_space", true}};
  CHECK(cut(bytes, "it's é") == Words{"Ġit", "'s", "ĠÃ©"});
  CHECK(cut(bytes, " a  b") == Words{"Ġa", "Ġ", "Ġb"});
  const auto sequence = [](const Json& parts) {
    return Json{{"type", "Sequence"}, {"pretokenizers", parts}};
  };
  CHECK(cut(sequence({{{"type", "WhitespaceSplit"}}, bytes}), "a b") == Words{"Ġa", "Ġb"});
  CHECK(cut(sequence(Json::array()), "a b") == Words{"a b"});
  CHECK(cut(nullptr, "").empty());
}

TEST_CASE("Metaspace marks spaces, and the beginning where it should", "[tokenizers]") {
  const auto metaspace = [](const char* scheme, bool splits) {
    return Json{
        {"type", "Metaspace"}, {"replacement", "▁"}, {"prepend_scheme", scheme}, {"split", splits}};
  };
  CHECK(cut(metaspace("always", true), "a  b") == Words{"▁a", "▁", "▁b"});
  CHECK(cut(metaspace("always", false), " a b") == Words{"▁a▁b"});
  CHECK(cut(metaspace("never", true), "a b") == Words{"a", "▁b"});
  CHECK(cut(metaspace("first", false), "a", true) == Words{"▁a"});
  CHECK(cut(metaspace("first", false), "a", false) == Words{"a"});
}

TEST_CASE("The alphabet of bytes has a character for each and back", "[tokenizers]") {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes.push_back(static_cast<char>(byte));
  const auto text = to_byte_alphabet(bytes);
  CHECK(from_byte_alphabet(text) == bytes);
  CHECK(text.substr(0, 6) == "ĀāĂ");
  CHECK(to_byte_alphabet(" \n~é") == "ĠĊ~Ã©");
  CHECK(from_byte_alphabet("▁Ġ") == "▁Ġ");
}

TEST_CASE("Added tokens are found as their flags say", "[tokenizers]") {
  const auto parts = [](const AddedToken& token, const std::string& text) {
    const AddedTokens added({token, {.id = 8, .content = "<x"}}, Normaliser(), "a.json");
    Words found;
    added.split_raw(
        text,
        true,
        [&](std::string_view rest, bool) { found.emplace_back(rest); },
        [&](int32_t id) { found.push_back("#" + std::to_string(id)); });
    return found;
  };
  const AddedToken plain{.id = 7, .content = "<x>"};
  CHECK(parts(plain, "a <x> b<x><x") == Words{"a ", "#7", " b", "#7", "#8"});  // the longest
  auto token = plain;
  token.lstrip = true;
  CHECK(parts(token, "a \t<x> b") == Words{"a", "#7", " b"});
  token = plain;
  token.rstrip = true;
  CHECK(parts(token, "a <x>\u3000\n b") == Words{"a ", "#7", "b"});
  token = plain;
  token.single_word = true;
  CHECK(parts(token, "a<x> <x>\u0301 <x>,") == Words{"a<x> <x>\u0301 ", "#7", ","});
  CHECK(parts(plain, "").empty());
}

TEST_CASE("Decoders undo what pieces are made of", "[tokenizers]") {
  const Json parts = {{{"type", "Replace"}, {"pattern", {{"String", "▁"}}}, {"content", " "}},
                      {{"type", "ByteFallback"}},
                      {{"type", "Fuse"}},
                      {{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}}};
  const PieceDecoder decoder(node({{"type", "Sequence"}, {"decoders", parts}}));
  CHECK(decoder({{"▁a"}, {"<0xC3>"}, {"<0xA9>"}, {"▁▁b"}}) == "aé  b");
  CHECK(decoder({{"▁", true}, {"<0xGG>"}}) == "▁<0xGG>");
  const PieceDecoder unknown(node({{"type", "CTC"}}));
  CHECK(test::refusal([&] { unknown({}); }).find("'CTC'") != std::string::npos);
}

TEST_CASE("Matches of an expression come from left to right, empty ones too", "[tokenizers]") {
  const auto matches = [](const char* pattern, const char* text) {
    std::vector<std::pair<size_t, size_t>> found;
    Regex(pattern, "a.json").each_match(text, [&](size_t a, size_t b) {
      found.emplace_back(a, b);
    });
    return found;
  };
  using Found = std::vector<std::pair<size_t, size_t>>;
  CHECK(matches("a*", "baa\u00e9") == Found{{0, 0}, {1, 3}, {5, 5}});
  CHECK(matches("\\p{Lu}", "x\u00c9") == Found{{1, 3}});
  CHECK(matches("b", "aaa").empty());
}
