#include "models/formats/gguf_split.hpp"

#include <regex>

#include "base/check.hpp"

namespace ww {

std::vector<std::filesystem::path> split_files(const std::filesystem::path& path) {
  static const std::regex pattern("(.*)-([0-9]{5})-of-(?!00000)([0-9]{5})\\.gguf");
  std::smatch parts;
  const auto name = path.filename().string();
  if (!std::regex_match(name, parts, pattern)) return {path};
  const int count = std::stoi(parts[3]);
  std::vector<std::filesystem::path> shards;
  for (int i = 1; i <= count; ++i) {
    const auto shard =
        path.parent_path() / fmt::format("{}-{:05}-of-{:05}.gguf", parts[1].str(), i, count);
    check(std::filesystem::exists(shard),
          "{}: is missing; {} is split into {} files",
          shard.string(),
          name,
          count);
    shards.push_back(shard);
  }
  return shards;
}

void check_split(const WeightFile& part, const std::string& where, const SplitFacts& facts) {
  const std::pair<const char*, uint64_t> stated[] = {{"split.no", facts.number},
                                                     {"split.count", facts.count},
                                                     {"split.tensors.count", facts.tensors}};
  for (const auto& [key, fact] : stated) {
    const auto found = part.metadata.find(key);
    if (found == part.metadata.end()) continue;
    if (facts.count == 1 && key == std::string("split.count") && *found == 0) continue;  // joined
    check(found->is_number_integer() && *found == fact,
          "{}: '{}' is {} but must be {} by the files that there are",
          where,
          key,
          found->dump(),
          fact);
  }
}

}  // namespace ww
