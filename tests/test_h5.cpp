// test_h5.cpp: the probe's HDF5 file, written, read back, read by others, and refused when it is
// wrong.

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <limits>

#include "base/check.hpp"
#include "base/files.hpp"
#include "base/philox.hpp"
#include "probes/h5/handle.hpp"
#include "probes/h5/probe_file.hpp"
#include "probes/h5/schema.hpp"
#include "tests/catch.hpp"
#include "tests/python.hpp"
#include "tests/synthetic_probe.hpp"

using namespace ww;
using Catch::Matchers::Contains;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

/// 2 layers, 3 frequencies, 2 heads, 1 key head, 2 texts.
ProbeFile small_file() {
  ProbeFile file;
  file.text_attributes = {{"model_id", "tiny"}, {"title", "Zürich"}};
  file.integer_attributes = {{"seed", 7}, {"training_step", -1}};
  const auto put = [&](const char* name, std::vector<double> values) {
    const auto* const row = find_variable(name);
    const std::map<std::string, size_t> sizes = {
        {"layer", 2}, {"frequency", 3}, {"head", 2}, {"kv_head", 1}, {"text", 2}};
    Array array{row->dims, {}, std::move(values)};
    for (const auto& dim : row->dims) array.shape.push_back(sizes.at(dim));
    file.variables[name] = array;
  };
  put("layer", {0, 1});
  put("head", {0, 1});
  put("kv_head", {0});
  put("frequency", {0, 1, 2});
  put("theta", {1, 0.1, 0, 1, 0.1, 0});
  put("wavelength", {6.28, 62.8, kInf, 6.28, 62.8, kInf});
  put("query_norm_mean", {1, 2, 3, 4, 5, kNaN});
  put("per_head/query_norm_mean", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  put("per_head/key_norm_mean", {1, 2, 3, 4, 5, 6});
  put("pe_enabled", {1, 1});
  put("n_tokens", {9007199254740991.0, 5});
  file.strings = {{"text", {"text 1", "Gedicht für zwei"}},
                  {"text_sha256", {"aa", "bb"}},
                  {"provenance/config_json", {"{\"long\": \"" + std::string(70'000, 'x') + "\"}"}}};
  return file;
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

TEST_CASE("A probe file reads back as it was written", "[h5]") {
  const test::TemporaryFolder folder;
  const auto before = small_file();
  write_probe_file(folder / "a.h5", before);
  const auto after = read_probe_file(folder / "a.h5");
  CHECK(after.text_attributes.at("title") == "Zürich");
  CHECK(after.text_attributes.at("encoding-type") == "rotary-usage");
  CHECK(after.integer_attributes.at("training_step") == -1);
  CHECK(after.strings == before.strings);
  REQUIRE(after.variables.size() == before.variables.size());
  for (const auto& [name, array] : before.variables) {
    INFO(name);
    const auto& read = after.variables.at(name);
    CHECK(read.dims == array.dims);
    CHECK(read.shape == array.shape);
    for (size_t i = 0; i < array.values.size(); ++i) CHECK(same(read.values[i], array.values[i]));
  }
}

TEST_CASE("Equal data gives equal bytes and nothing beside the file", "[h5]") {
  const test::TemporaryFolder folder;
  write_probe_file(folder / "a.h5", small_file());
  write_probe_file(folder / "b.h5", small_file());
  CHECK(read_file(folder / "a.h5") == read_file(folder / "b.h5"));
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 2);
}

TEST_CASE("A probe file that is cut off is refused at any length", "[h5]") {
  const test::TemporaryFolder folder;
  write_probe_file(folder / "a.h5", small_file());
  const auto whole = read_file(folder / "a.h5");
  const auto path = folder / "cut.h5";
  for (size_t length = 0; length < whole.size(); length += 97) {
    write_file(path, std::string_view(whole).substr(0, length));
    INFO(length);
    REQUIRE_THAT(test::refusal([&] { read_probe_file(path); }), Contains("cut.h5"));
  }
}

TEST_CASE("A probe file with damaged bytes is read or refused, whatever HDF5 does", "[h5]") {
  const test::TemporaryFolder folder;
  write_probe_file(folder / "a.h5", small_file());
  const auto whole = read_file(folder / "a.h5");
  const auto path = folder / "damaged.h5";
  int read = 0;
  for (uint64_t i = 0; i < 300; ++i) {
    auto bytes = whole;
    for (uint64_t j = 0; j < 4; ++j) {
      const auto at = uniform_at(1, 2, 8 * i + j) * static_cast<double>(whole.size());
      bytes[static_cast<size_t>(at)] = static_cast<char>(uniform_at(1, 2, 8 * i + j + 4) * 256);
    }
    write_file(path, bytes);
    try {
      read_probe_file(path);
      ++read;
    } catch (const InputError& error) {
      REQUIRE_THAT(error.what(), Contains("damaged.h5"));
    }
  }
  CHECK(read < 300);
}

TEST_CASE("Files that are not ours, or newer, are refused by name", "[h5]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.h5";
  const auto refused = [&] { return test::refusal([&] { read_probe_file(path); }); };
  CHECK_THAT(refused(), Contains("cannot be read"));
  write_file(path, "just text, long enough to be looked at as a file");
  CHECK_THAT(refused(), Contains("is no HDF5 file"));
  write_probe_file(path, small_file());
  auto bytes = read_file(path);
  for (size_t at = 0; (at = bytes.find("1.1.0", at)) != std::string::npos; ++at) bytes[at] = '2';
  write_file(path, bytes);
  CHECK_THAT(refused(), Contains("2.1.0") && Contains("newer"));
}

TEST_CASE("A file whose data lies elsewhere is refused", "[h5]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.h5", other = folder / "b.h5";
  write_probe_file(other, small_file());
  const auto refused = [&](const char* name, const auto& put) {
    write_probe_file(path, small_file());
    {
      const auto file = hold(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose, "H5Fopen");
      called(H5Ldelete(file, name, H5P_DEFAULT), "H5Ldelete");
      put(file, name);
    }
    return test::refusal([&] { read_probe_file(path); });
  };
  const auto external = [&](hid_t file, const char* name) {
    called(H5Lcreate_external(other.c_str(), name, file, name, H5P_DEFAULT, H5P_DEFAULT), "link");
  };
  const auto soft = [](hid_t file, const char* name) {
    called(H5Lcreate_soft("/wavelength", file, name, H5P_DEFAULT, H5P_DEFAULT), "link");
  };
  const auto made_with = [](const auto& set) {
    return [set](hid_t file, const char* name) {
      const hsize_t sizes[] = {2, 3};
      const auto space = hold(H5Screate_simple(2, sizes, nullptr), H5Sclose, "H5Screate_simple");
      const auto list = hold(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "H5Pcreate");
      called(set(list, space), "H5Pset");
      hold(H5Dcreate2(file, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, list, H5P_DEFAULT),
           H5Dclose,
           "H5Dcreate2");
    };
  };
  const auto elsewhere =
      made_with([&](hid_t list, hid_t) { return H5Pset_external(list, other.c_str(), 0, 48); });
  const auto joined = made_with([&](hid_t list, hid_t space) {
    return H5Pset_virtual(list, space, other.c_str(), "theta", space);
  });
  CHECK_THAT(refused("theta", external), Contains("'theta' is a link"));
  CHECK_THAT(refused("theta", soft), Contains("'theta' is a link"));
  CHECK_THAT(refused("per_head", external), Contains("'per_head' is a link"));
  CHECK_THAT(refused("theta", elsewhere), Contains("'theta' has its numbers in other files"));
  CHECK_THAT(refused("theta", joined), Contains("'theta' has its numbers in other files"));
}

TEST_CASE("What the schema does not say is never written", "[h5]") {
  const test::TemporaryFolder folder;
  const auto refused = [&](auto&& spoil) {
    auto file = small_file();
    spoil(file);
    CHECK_THROWS_AS(write_probe_file(folder / "a.h5", file), std::logic_error);
    CHECK(std::filesystem::is_empty(folder.path()));
  };
  refused([](ProbeFile& file) { file.variables["surprise"] = {{}, {}, {1}}; });
  refused([](ProbeFile& file) { file.variables["theta"].dims = {"frequency", "layer"}; });
  refused([](ProbeFile& file) { file.variables["theta"].values.pop_back(); });
  refused([](ProbeFile& file) { file.variables["head"] = {{"head"}, {3}, {0, 1, 2}}; });
  refused([](ProbeFile& file) { file.strings["text"].pop_back(); });
}

TEST_CASE("Python reads a probe file through h5py and xarray", "[h5][python]") {
  if (!test::python_has("h5py, xarray, netCDF4, h5netcdf")) {
    return test::skip("no Python with h5py, xarray, netCDF4 and h5netcdf");
  }
  const test::TemporaryFolder folder;
  write_probe_file(folder / "a.h5", small_file());
  CHECK(test::run_python(R"(
import sys, math, h5py, xarray
path = sys.argv[1]
file = h5py.File(path)
assert file.attrs['title'] == 'Zürich' and file.attrs['seed'] == 7
assert [d[0].name for d in file['per_head/query_norm_mean'].dims] == ['/layer', '/head', '/frequency']
for engine in ['netcdf4', 'h5netcdf']:
    root = xarray.open_dataset(path, engine=engine)
    assert root.query_norm_mean.dims == ('layer', 'frequency'), root
    assert root.query_norm_mean.values[1, 1] == 5 and math.isnan(root.query_norm_mean.values[1, 2])
    assert math.isinf(root.wavelength.values[0, 2]) and root.theta.attrs['units'] == 'rad token-1'
    assert list(root.text.values) == ['text 1', 'Gedicht für zwei']
    heads = xarray.open_dataset(path, engine=engine, group='per_head')
    assert heads.key_norm_mean.shape == (2, 1, 3)
    assert len(str(xarray.open_dataset(path, engine=engine, group='provenance').config_json.values)) > 70000
)",
                         {(folder / "a.h5").string()}));
}

TEST_CASE("A file that another program holds open for writing is said to be open there", "[h5]") {
  const test::TemporaryFolder folder;
  const auto path = folder / "a.h5";
  write_probe_file(path, test::synthetic_probe().file);
  const int held = open(path.c_str(), O_RDWR);
  REQUIRE(flock(held, LOCK_EX) == 0);  // as HDF5 does
  CHECK_THAT(test::refusal([&] { read_probe_file(path); }),
             Catch::Matchers::Contains("another program") && Catch::Matchers::Contains("a.h5"));
  close(held);
  CHECK_FALSE(read_probe_file(path).variables.empty());
}
