// test_h5_readers.cpp: what probe and ablate write, read by h5py, xarray and ncdump: every group,
// dimension and value.

#include "base/files.hpp"
#include "tests/catch.hpp"
#include "tests/program.hpp"
#include "tests/python.hpp"

using namespace ww;

namespace {

constexpr auto kReaders = R"(
import shutil, subprocess, sys
import h5py, numpy, xarray

path, groups = sys.argv[1], sys.argv[2].split(',')

def words(values):
    return [v.decode() if isinstance(v, bytes) else str(v) for v in numpy.ravel(values)]

def same(a, b):
    a, b = numpy.asarray(a), numpy.asarray(b)
    if a.shape != b.shape: return False
    return words(a) == words(b) if a.dtype.kind in 'OSU' else numpy.array_equal(a, b, equal_nan=True)

def dims_of(item):  # a coordinate is its own scale
    return [(d[0] if len(d) else item).name.split('/')[-1] for d in item.dims]

file = h5py.File(path)
assert set(groups) == {name for name in file if isinstance(file[name], h5py.Group)}, list(file)
for group in ['/'] + groups:
    held = {name: item for name, item in file[group].items() if isinstance(item, h5py.Dataset)}
    assert held, group
    for name, item in held.items():
        assert item.attrs['long_name'] and item.attrs['units'], name
    for engine in ['netcdf4', 'h5netcdf']:
        with xarray.open_dataset(path, engine=engine, group=group) as opened:
            assert set(opened.variables) == set(held), (engine, group)
            for name, item in held.items():
                assert list(opened[name].dims) == dims_of(item), (engine, group, name)
                assert same(opened[name].values, item[()]), (engine, group, name)
if hasattr(xarray, 'open_datatree'):
    tree = xarray.open_datatree(path, engine='h5netcdf')
    assert set(tree.children) == set(groups)
    assert 'layer' in tree['per_head'].coords, 'groups do not inherit coordinates'
if shutil.which('ncdump'):
    text = subprocess.run(['ncdump', '-h', path], check=True, capture_output=True).stdout.decode()
    for group in groups: assert f'group: {group} ' in text, group
    for name in ['theta', 'query_norm_mean', 'pe_enabled']: assert f' {name}(' in text, name
    subprocess.run(['ncdump', path], check=True, capture_output=True)
)";

bool has_readers() { return test::python_has("h5py, xarray, netCDF4, h5netcdf"); }

constexpr auto kModel = "data/stories260k/stories260K.bin";
constexpr auto kTexts = " --text data/sonnets/sonnets.txt --texts 2 -o ";

/// The file that a command writes, held against its groups by every reader.
void check_readers(const std::string& command, const std::string& options, const char* groups) {
  const test::TemporaryFolder folder;
  const auto file = (folder / "a.h5").string();
  const auto ran =
      test::run_shell("cd " + test::source_root().string() + " && " WW_PROGRAM " " + command + " " +
                      kModel + kTexts + file + " " + options + " 2>&1");
  INFO(ran.output);
  REQUIRE(ran.status == 0);
  CHECK(test::run_python(kReaders, {file, groups}));
}

}  // namespace

TEST_CASE("Other readers open all that probe writes", "[h5][python]") {
  if (!has_readers()) return test::skip("no Python with h5py, xarray, netCDF4 and h5netcdf");
  check_readers("probe",
                "--metrics all --control init,words",
                "per_head,per_text,metrics,samples,control,provenance");
}

TEST_CASE("Other readers open all that ablate writes", "[h5][python]") {
  if (!has_readers()) return test::skip("no Python with h5py, xarray, netCDF4 and h5netcdf");
  check_readers("ablate",
                "--interventions zero,unshift --layers each --bands 2",
                "per_head,per_text,metrics,samples,ablation,provenance");
}
