// test_archive_refusals.cpp: archives of torch.save whose directory and members disagree, and
// tensors that carry more than their numbers.

#include "models/formats/pickle.hpp"
#include "models/formats/pytorch.hpp"
#include "models/formats/zip.hpp"
#include "tests/catch.hpp"

using namespace ww;
using Catch::Matchers::Contains;

namespace {

std::string plain_archive() { return read_file(test::source_root() / "tests/golden/plain.pt"); }

/// Where the directory's entry of the member begins.
size_t entry_of(const std::string& archive, const std::string& member) {
  return archive.rfind(member) - 46;
}

std::string refused_archive(const std::string& archive) {
  return test::refusal([&] { zip_members(std::as_bytes(std::span(archive)), "a.pt"); });
}

/// The pickle of {"a": tensor}; `more` are arguments of the tensor beyond its strides.
std::string pickled_with(const std::string& more) {
  using namespace std::string_literals;
  return "\x80\x02}(X\x01\0\0\0actorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\n"s +
         "FloatStorage\nX\x01\0\0\0"
         "0X\x03\0\0\0cpuK\x08tQK\0K\x01\x85K\x01\x85"s +
         more + "tRu.";
}

}  // namespace

TEST_CASE("A member whose local header has another name is refused", "[pytorch]") {
  auto archive = plain_archive();
  const auto local = archive.find("plain/data.pkl");
  archive.replace(local, 14, "plain/data.pkx");
  CHECK_THAT(refused_archive(archive), Contains("a.pt") && Contains("plain/data.pkl"));
  archive = plain_archive();
  const auto one = entry_of(archive, "plain/data/0"), other = entry_of(archive, "plain/data/1");
  archive.replace(one + 42, 4, archive.substr(other + 42, 4));
  CHECK_THAT(refused_archive(archive), Contains("a.pt") && Contains("plain/data/0"));
}

TEST_CASE("Members that share bytes are refused", "[pytorch]") {
  auto archive = plain_archive();
  const auto entry = entry_of(archive, "plain/data/0");
  const std::string large("\0\x02\0\0\0\x02\0\0", 8);  // 512 bytes, stored and whole
  archive.replace(entry + 20, 8, large);
  CHECK_THAT(refused_archive(archive), Contains("a.pt") && Contains("overlap"));
}

TEST_CASE("A tensor of which a bit changes the numbers is refused", "[pytorch]") {
  const auto read = [](const std::string& pickle) {
    return read_pickle(std::as_bytes(std::span(pickle)), "a.pt").tensors.size();
  };
  const std::string usual = "\x89}";  // requires_grad, backward_hooks
  CHECK(read(pickled_with("")) == 1);
  CHECK(read(pickled_with(usual)) == 1);
  CHECK(read(pickled_with(usual + "N")) == 1);
  CHECK(read(pickled_with(usual + "}")) == 1);
  const std::string negative = "}X" + std::string("\x03\0\0\0", 4) + "neg\x88s";
  CHECK_THAT(test::refusal([&] { read(pickled_with(usual + negative)); }), Contains("metadata"));
  CHECK_THAT(test::refusal([&] { read(pickled_with(usual + "}N")); }), Contains("metadata"));
}
