#include "models/run_folder.hpp"

#include <nlohmann/json.hpp>
#include <string>

#include "base/check.hpp"
#include "base/files.hpp"
#include "models/checkpoint.hpp"

namespace ww {

namespace {

/// The first key whose value differs, in words.
std::string first_difference(const nlohmann::json& mine, const nlohmann::json& theirs) {
  for (const auto& change : nlohmann::json::diff(theirs, mine)) {
    return change.at("path").get<std::string>();
  }
  return "nothing";
}

void check_same_run(const std::filesystem::path& path, const nlohmann::json& config) {
  const auto stored = load_config(path);
  check(stored == config,
        "{}: holds a run of another configuration (they differ at {}); choose another folder",
        path.string(),
        first_difference(config, stored));
}

}  // namespace

namespace {

constexpr auto kPatience = std::chrono::seconds(5);

/// The folder, made where there is none.
const std::filesystem::path& prepared(const std::filesystem::path& path, bool resume) {
  const bool there = std::filesystem::exists(path) && !std::filesystem::is_empty(path);
  check(!there || resume,
        "{}: exists; use --resume to go on, or choose another folder",
        path.string());
  std::error_code fault;
  std::filesystem::create_directories(path, fault);
  check(!fault, "{}: cannot be created: {}", path.string(), fault.message());
  return path;
}

}  // namespace

RunFolder::RunFolder(const std::filesystem::path& path, const nlohmann::json& config, bool resume)
    : path_(prepared(path, resume)),
      lock_(path_, "another process is training there", resume ? kPatience : kPatience * 0) {
  const bool begun = std::filesystem::exists(path / "config.json");
  check(begun || !std::filesystem::exists(path / "record.jsonl"),
        "{}: has a record but no config.json; it is no whole run folder",
        path.string());
  if (begun) check_same_run(path, config);
  if (!begun) save_config(path, config);
}

}  // namespace ww
