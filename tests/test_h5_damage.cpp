// test_h5_damage.cpp: a probe file that is damaged, or made to exhaust memory, is never read as one
// that holds less.

#include <cmath>

#include "base/check.hpp"
#include "base/files.hpp"
#include "probes/h5/checksums.hpp"
#include "probes/h5/handle.hpp"
#include "probes/h5/probe_file.hpp"
#include "tests/catch.hpp"
#include "tests/python.hpp"
#include "tests/synthetic_probe.hpp"

using namespace ww;
using Catch::Matchers::Contains;

namespace {

/// Every kind of variable: on maps, by head, by text, texts, integers.
ProbeFile damageable_file() {
  test::SyntheticFile made({.layers = 2,
                            .heads = 2,
                            .key_heads = 1,
                            .frequencies = 3,
                            .texts = 2,
                            .lags = 4,
                            .bands = 2,
                            .samples = 2});
  made.add_usage();
  made.add_decomposition();
  made.file.strings["provenance/command"] = {"whatwhere probe model"};
  return made.file;
}

bool same_content(const Array& a, const Array& b) {
  return a.dims == b.dims && a.shape == b.shape &&
         std::ranges::equal(a.values, b.values, [](double x, double y) {
           return x == y || (std::isnan(x) && std::isnan(y));
         });
}

bool same_content(const ProbeFile& a, const ProbeFile& b) {
  return a.text_attributes == b.text_attributes && a.integer_attributes == b.integer_attributes &&
         a.strings == b.strings &&
         std::ranges::equal(a.variables, b.variables, [](const auto& x, const auto& y) {
           return x.first == y.first && same_content(x.second, y.second);
         });
}

Handle opened(const std::filesystem::path& path) {
  return hold(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose, "H5Fopen");
}

/// Version 1.0 had no checksums.
void make_old(const std::filesystem::path& path) {
  const auto file = opened(path);
  called(H5Ldelete(file, kChecksums, H5P_DEFAULT), "H5Ldelete");
  const auto type = hold(H5Tcopy(H5T_C_S1), H5Tclose, "H5Tcopy");
  called(H5Tset_size(type, H5T_VARIABLE), "H5Tset_size");
  const auto version = hold(H5Aopen(file, "encoding-version", H5P_DEFAULT), H5Aclose, "H5Aopen");
  const auto stored = hold(H5Aget_type(version), H5Tclose, "H5Aget_type");
  const char* const old = "1.0.0";
  called(H5Awrite(version, stored, &old), "H5Awrite");
}

/// Where the header of a variable stands in the file.
size_t address_of(const std::filesystem::path& path, const char* name) {
  const auto file = opened(path);
  const auto object = hold(H5Oopen(file, name, H5P_DEFAULT), H5Oclose, "H5Oopen");
  H5O_info_t info;
  called(H5Oget_info(object, &info), "H5Oget_info");
  return info.addr;
}

std::string refusal_of(const std::filesystem::path& path) {
  return test::refusal([&] { read_probe_file(path); });
}

}  // namespace

TEST_CASE("A flipped byte of a probe file changes nothing or is refused by the file's name",
          "[h5][damage]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.h5";
  write_probe_file(path, damageable_file());
  const auto whole = read_file(path);
  const auto original = read_probe_file(path);
  const size_t step = whole.size() / 400 | 1;
  int equal = 0, named = 0;
  for (size_t at = 0; at < whole.size(); at += at < 400 ? 7 : step) {
    auto bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ (at % 2 == 0 ? 0xff : 1 << at % 8));
    write_file(path, bytes);
    INFO("byte " << at);
    try {
      const auto read = read_probe_file(path);
      REQUIRE(same_content(read, original));
      ++equal;
    } catch (const InputError& error) {
      REQUIRE_THAT(error.what(), Catch::Matchers::StartsWith(path.string() + ": "));
      named += std::string_view(error.what()).find('\'') != std::string_view::npos;
    }
  }
  CHECK(equal > 0);
  CHECK(named > 0);
}

TEST_CASE("Files of schema 1.0, without checksums, still open", "[h5][damage]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.h5";
  write_probe_file(path, damageable_file());
  auto original = read_probe_file(path);
  make_old(path);
  original.text_attributes["encoding-version"] = "1.0.0";
  CHECK(same_content(read_probe_file(path), original));
}

TEST_CASE("A variable that is there but cannot be opened is refused by name", "[h5][damage]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.h5";
  for (const auto* name : {"theta", "loss", "metrics/share_quadrature", "per_head"}) {
    write_probe_file(path, damageable_file());
    make_old(path);
    const auto at = address_of(path, name);
    auto bytes = read_file(path);
    bytes.at(at + 8) ^= 1;  // within the header that its checksum covers
    write_file(path, bytes);
    CHECK_THAT(refusal_of(path), Contains("a.h5: '") && Contains(name) && Contains("damaged"));
  }
}

TEST_CASE("A variable that is gone, or other than was written, is refused by name",
          "[h5][damage]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.h5";
  const auto after = [&](const auto& change) {
    write_probe_file(path, damageable_file());
    {
      const auto file = opened(path);
      change(hid_t{file});
    }
    return refusal_of(path);
  };
  const auto without = [](const char* name) {
    return [name](hid_t file) { called(H5Ldelete(file, name, H5P_DEFAULT), "H5Ldelete"); };
  };
  CHECK_THAT(after(without("loss")), Contains("'loss' is missing"));
  CHECK_THAT(after(without("per_head")), Contains("'per_head/") && Contains("is missing"));
  CHECK_THAT(after(without(kChecksums)), Contains("checksums' is missing"));
  CHECK_THAT(after([](hid_t file) { called(H5Adelete(file, "model_id"), "H5Adelete"); }),
             Contains("'@model_id' is missing"));
  CHECK_THAT(after([](hid_t file) {
               const auto data = hold(H5Dopen2(file, "loss", H5P_DEFAULT), H5Dclose, "H5Dopen2");
               const double values[] = {2, 2.1000001};
               called(H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values),
                      "H5Dwrite");
             }),
             Contains("'loss' is not what was written"));
}

TEST_CASE("An attribute of many values is refused, not read past its place", "[h5][damage]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.h5";
  auto file = damageable_file();
  file.integer_attributes.erase("seed");
  write_probe_file(path, file);
  make_old(path);
  {
    const auto h5 = opened(path);
    const hsize_t count = 1000;
    const auto space = hold(H5Screate_simple(1, &count, nullptr), H5Sclose, "H5Screate_simple");
    hold(H5Acreate2(h5, "seed", H5T_STD_I64LE, space, H5P_DEFAULT, H5P_DEFAULT),
         H5Aclose,
         "H5Acreate2");
  }
  CHECK_THAT(refusal_of(path), Contains("'seed' is damaged"));
}

// Files made from a whole one. Refusing one takes at most 300 MB more than reading that.
constexpr auto kCrafted = R"(
import resource, shutil, subprocess, sys, zlib
import h5py, numpy
whole, program, folder = sys.argv[1:4]
big = 400_000_000

def replace(file, name, shape, **options):
    kind = file[name].dtype
    del file[name]
    return file.create_dataset(name, shape, dtype=kind, **options)

def declared(file):            # nothing is stored
    replace(file, 'layer', (big,), chunks=(1000,))
    replace(file, 'theta', (big, 3), chunks=(1, 3))

def zeros(file):               # a chunk that deflate makes a thousand times larger than its bytes
    data = replace(file, 'loss', (2,), chunks=(2,), compression='gzip')
    packer = zlib.compressobj(9)
    packed = b''.join(packer.compress(bytes(1 << 20)) for _ in range(1300)) + packer.flush()
    data.id.write_direct_chunk((0,), packed)

def chunk(file):               # a chunk of 4 GB for two values
    data = replace(file, 'loss', (2,), maxshape=(None,), chunks=(1_000_000_000,), compression='gzip')
    data.id.write_direct_chunk((0,), zlib.compress(bytes(8)))

def references(file):          # all to one text
    values = ['x' * 60_000] + ['y'] * 99_999
    del file['text']
    file.create_dataset('text', data=values, dtype=h5py.string_dtype())
    at = file['text'].id.get_offset()
    file.flush()
    return at

def explain(path):
    return subprocess.run([program, 'explain', path], capture_output=True, text=True)

def peak():                    # in KB, of all runs so far
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss

assert explain(whole).returncode == 0
usual = peak()
names = {declared: 'layer', zeros: 'loss', chunk: 'loss', references: 'text'}
for craft, name in names.items():
    path = f'{folder}/{craft.__name__}.h5'
    shutil.copy(whole, path)
    with h5py.File(path, 'r+') as file:
        at = craft(file)
    if at:
        with open(path, 'r+b') as file:
            file.seek(at)
            first = file.read(16)
            file.seek(at)
            file.write(first * 100_000)
    run = explain(path)
    assert run.returncode == 2 and run.stderr.startswith(f"error: {path}: '{name}' "), run.stderr
    assert peak() < usual + 300_000, (craft, peak(), usual)
)";

TEST_CASE("A file made to take gigabytes is refused in few", "[h5][damage][python]") {
  if (!test::python_has("h5py")) return test::skip("no Python with h5py");
  const test::TemporaryFolder folder;
  write_probe_file(folder / "a.h5", damageable_file());
  CHECK(
      test::run_python(kCrafted, {(folder / "a.h5").string(), WW_PROGRAM, folder.path().string()}));
}
