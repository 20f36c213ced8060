#include "probes/h5/probe_file.hpp"

#include "base/check.hpp"

namespace ww {

ProbeFile read_probe_file(const std::filesystem::path& path) {
  refuse("{}: probe files cannot be read yet", path.string());
}

}  // namespace ww
