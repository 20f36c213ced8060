// catch.hpp: Catch2 2.13 or 3, whichever is there, and what the tests share.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif

#include <filesystem>
#include <functional>
#include <string>

namespace ww::test {

/// Notes that this test case can't run here and why; the last line of the run counts it.
/// Catch2 2 knows no skipping: return from the test case after it.
void skip(const std::string& reason);

/// A fresh folder under the system's temporary one, removed with everything in it.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The root of the source tree: tests/golden and data are below it.
std::filesystem::path source_root();

/// Runs `call`, which must throw InputError, and returns its sentence.
std::string refusal(const std::function<void()>& call);

}  // namespace ww::test
