// test_text.cpp: texts, ids, the Llama tokenizer, and the hash that names them.

#include <cstring>
#include <set>

#include "base/files.hpp"
#include "base/sha256.hpp"
#include "models/text/llama_bpe.hpp"
#include "models/text/texts.hpp"
#include "tests/catch.hpp"

using namespace ww;
using Catch::Matchers::Contains;

namespace {

std::filesystem::path data(const char* name) { return test::source_root() / "data" / name; }

std::unique_ptr<Tokenizer> stories_tokenizer() {
  return tokenizer_for(data("stories260k/stories260K.bin"), "");
}

/// The definition restated: of all neighbours whose joined piece exists, merge the best, leftmost.
std::vector<int32_t> merged_slowly(const std::vector<Piece>& pieces, const std::string& text) {
  std::vector<int32_t> ids;
  const auto find = [&](const std::string& piece) {
    for (size_t i = 0; i < pieces.size(); ++i) {
      if (pieces[i].text == piece) return static_cast<int32_t>(i);
    }
    return -1;
  };
  for (const char c : " " + text) ids.push_back(find(std::string(1, c)));  // ASCII only
  for (;;) {
    int best = -1, joined = -1;
    for (size_t i = 0; i + 1 < ids.size(); ++i) {
      const auto id = find(pieces[ids[i]].text + pieces[ids[i + 1]].text);
      if (id >= 0 && (joined < 0 || pieces[id].score > pieces[joined].score)) {
        best = static_cast<int>(i);
        joined = id;
      }
    }
    if (best < 0) return ids;
    ids[best] = joined;
    ids.erase(ids.begin() + best + 1);
  }
}

constexpr size_t kBytePieces = 259 * 9;  // bytes at least: what every such file begins with

std::vector<Piece> stories_pieces() {
  const auto bytes = read_file(data("stories260k/tok512.bin"));
  std::vector<Piece> pieces;
  for (size_t at = 4; at < bytes.size();) {
    Piece piece;
    int32_t length = 0;
    std::memcpy(&piece.score, bytes.data() + at, 4);
    std::memcpy(&length, bytes.data() + at + 4, 4);
    piece.text = bytes.substr(at + 8, length);
    at += 8 + length;
    pieces.push_back(piece);
  }
  return pieces;
}

}  // namespace

TEST_CASE("SHA-256 gives the digests of FIPS 180-4", "[text]") {
  CHECK(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(sha256(std::string(1'000'000, 'a')) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  CHECK(sha256_of_file(data("stories260k/stories260K.bin")) ==
        "b0a507e7ad0f626624f17112325e66691f9076d622e1d3274d103d00299f2696");
}

TEST_CASE("A file's hash is that of its bytes, however many slabs it is read in", "[text]") {
  const test::TemporaryFolder folder;
  std::string bytes((size_t{33} << 20) + 5, 'a');
  for (size_t i = 0; i < bytes.size(); i += 4093) bytes[i] = static_cast<char>(i);
  write_file(folder / "large", bytes);
  CHECK(sha256_of_file(folder / "large") == sha256(bytes));
}

TEST_CASE("Pages that were given back hold the file's bytes again", "[text]") {
  const MappedFile file(data("stories260k/stories260K.bin"));
  const auto before = sha256({reinterpret_cast<const char*>(file.bytes().data()), 100'000});
  release_pages(file.bytes().subspan(1, 99'000));
  CHECK(sha256({reinterpret_cast<const char*>(file.bytes().data()), 100'000}) == before);
}

TEST_CASE("The stories tokenizer gives its known ids", "[text]") {
  // From an independent implementation of the same rules.
  CHECK(stories_tokenizer()->encode("Zürich 5€") ==
        std::vector<int32_t>{410, 469, 198, 191, 325, 402, 410, 480, 503});
  CHECK(stories_tokenizer()->encode("").empty());
}

TEST_CASE("Both files of the tokenizer give the same ids, which decode to the text", "[text]") {
  const auto bin = stories_tokenizer();
  const auto gguf = tokenizer_for(data("stories260k/stories260K.gguf"), "");
  CHECK(bin->vocabulary() == 512);
  CHECK(bin->bos() == 1);
  const auto texts = read_texts(data("sonnets/sonnets.txt"), false);
  CHECK(texts.size() == 154);
  for (const auto& text : texts) {
    const auto ids = bin->encode(text.body);
    REQUIRE(ids == gguf->encode(text.body));
    REQUIRE(bin->decode(ids) == text.body);
  }
}

TEST_CASE("Merging equals its definition in loops", "[text]") {
  const auto tokenizer = stories_tokenizer();
  const auto pieces = stories_pieces();
  for (const std::string text : {"Once upon a time, there was a little girl named Lily.",
                                 "aaaaaaaaaaaaaaaaa",
                                 "the the the",
                                 "x",
                                 "to be or not to be"}) {
    CHECK(tokenizer->encode(text) == merged_slowly(pieces, text));
  }
}

TEST_CASE("Tokenizer files that are cut off or missing are refused", "[text]") {
  const test::TemporaryFolder folder;
  const auto whole = read_file(data("stories260k/tok512.bin"));
  const auto path = folder / "tok.bin";
  // The file does not say how many pieces it has: between two of them it may end.
  std::set<size_t> between = {4};
  for (const auto& piece : stories_pieces()) {
    between.insert(*between.rbegin() + 8 + piece.text.size());
  }
  for (size_t length = 0; length < whole.size(); length += 61) {
    if (length > kBytePieces && between.contains(length)) continue;
    write_file(path, std::string_view(whole).substr(0, length));
    INFO(length);
    REQUIRE_THAT(test::refusal([&] { tokenizer_for("x.bin", path); }), Contains("tok.bin"));
  }
  write_file(folder / "model.bin", "");
  CHECK_THAT(test::refusal([&] { tokenizer_for(folder / "model.bin", ""); }),
             Contains("no tokenizer beside it") && Contains("--tokenizer"));
}

TEST_CASE("Texts stand between blank lines, or are one", "[text]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.txt";
  write_file(path, "\n\n  one\ntwo \n \t\nthree\r\n\n\n");
  const auto texts = read_texts(path, false);
  REQUIRE(texts.size() == 2);
  CHECK(texts[0].body == "one\ntwo");
  CHECK(texts[1].body == "three");
  CHECK(read_texts(path, true).front().body == "one\ntwo \n \t\nthree");
}

TEST_CASE("Texts that are empty or not UTF-8 are refused", "[text]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.txt";
  const auto refused = [&](const std::string& content) {
    write_file(path, content);
    return test::refusal([&] { read_texts(path, false); });
  };
  CHECK_THAT(refused(""), Contains("holds no text"));
  CHECK_THAT(refused(" \n\t\n"), Contains("holds no text"));
  CHECK_THAT(refused("abc\xff"), Contains("byte 3 is not UTF-8"));
  CHECK_THAT(refused("ab\xc3"), Contains("byte 2"));            // cut off
  CHECK_THAT(refused("\xc0\xaf"), Contains("byte 0"));          // longer than it need be
  CHECK_THAT(refused("\xed\xa0\x80"), Contains("byte 0"));      // a surrogate
  CHECK_THAT(refused("\xf4\x90\x80\x80"), Contains("byte 0"));  // beyond U+10FFFF
  CHECK(first_not_utf8("z\u00fcrich \u20ac \U0001F600") == std::string::npos);
}

TEST_CASE("Ids are read line by line and checked against the vocabulary", "[text]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.ids";
  write_file(path, "1 2 3\n\n4,5, 6\n");
  CHECK(read_ids(path, 10) == std::vector<std::vector<int32_t>>{{1, 2, 3}, {4, 5, 6}});
  const auto refused = [&](const std::string& content) {
    write_file(path, content);
    return test::refusal([&] { read_ids(path, 10); });
  };
  CHECK_THAT(refused("1\n10\n"), Contains("line 2") && Contains("0 to 9"));
  CHECK_THAT(refused("-1"), Contains("line 1"));
  CHECK_THAT(refused("1 two"), Contains("line 1") && Contains("'two'"));
  CHECK_THAT(refused("99999999999999999999"), Contains("line 1"));
  CHECK_THAT(refused("\n\n"), Contains("holds no ids"));
  CHECK_THAT(refused("1\n" + std::string(1000, '0') + "7"),
             Contains("line 2") && Contains("no id"));
}

TEST_CASE("A byte-order mark and CR LF change no text, and each is said", "[text]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.txt";
  const auto read = [&](const std::string& bytes, const TextOptions& options) {
    write_file(path, bytes);
    return read_text_file(path, options);
  };
  const std::string mark = "\xef\xbb\xbf", content = " one\n two\n\nthree \n";
  const auto windows = mark + " one\r\n two\r\n\r\nthree \r\n";
  CHECK(read(content, {}).notes.empty());
  const auto file = read(windows, {});
  REQUIRE(file.texts.size() == 2);
  CHECK(file.texts[0].body == "one\n two");
  CHECK(file.texts[1].body == "three");
  REQUIRE(file.notes.size() == 2);
  CHECK_THAT(file.notes[0], Contains("a.txt: begins with a byte-order mark"));
  CHECK_THAT(file.notes[1], Contains("a.txt: 4 lines end in CR LF"));
  CHECK(read(windows, {.whole = true}).texts[0].body == "one\n two\n\nthree");
  const auto raw = read(windows, {.whole = true, .raw = true});
  CHECK(raw.texts[0].body == windows);
  CHECK(raw.notes.empty());
  CHECK(read("a\rb", {}).texts[0].body == "a\rb");
  CHECK_THAT(test::refusal([&] { read(mark + "\r\n", {}); }), Contains("holds no text"));
}
