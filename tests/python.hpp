// python.hpp: other programs' readers as oracles, where a Python with them lies in .venv.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ww::test {

/// Whether .venv's Python can import these modules: "h5py, xarray".
bool python_has(const std::string& modules);
/// Runs a script with arguments; true if it ends without an error.
bool run_python(const std::string& script, const std::vector<std::string>& arguments);
bool run_python_file(const std::filesystem::path& script,
                     const std::vector<std::string>& arguments);

}  // namespace ww::test
