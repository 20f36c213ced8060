#include "probes/h5/checksums.hpp"

#include <fmt/ranges.h>

#include "base/check.hpp"
#include "base/sha256.hpp"
#include "probes/h5/schema.hpp"
#include "probes/h5/stored.hpp"

namespace ww {

namespace {

using Sums = std::map<std::string, std::string>;  // by name

std::string number_bytes(int64_t number) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(static_cast<uint64_t>(number) >> (8 * i));
  return bytes;
}

std::string sum_of(const Array& array, Stored stored) {
  return sha256(fmt::format("{}\n", fmt::join(array.shape, ",")) +
                stored_bytes(array.values, stored));
}

/// HDF5 ends a text at its first zero byte.
std::string sum_of(const std::vector<std::string>& texts, bool scalar) {
  auto all = scalar ? "\n" : fmt::format("{}\n", texts.size());
  for (const auto& text : texts) all += text.c_str() + std::string(1, '\0');
  return sha256(all);
}

Sums sums_of(const ProbeFile& file, const Sums& text_attributes) {
  Sums sums;
  for (const auto& [name, text] : text_attributes) sums["@" + name] = sha256(text.c_str());
  for (const auto& [name, number] : file.integer_attributes)
    sums["@" + name] = sha256(number_bytes(number));
  for (const auto& row : probe_schema()) {
    const std::string name = row.name;
    if (const auto found = file.variables.find(name); found != file.variables.end())
      sums[name] = sum_of(found->second, row.stored);
    if (const auto found = file.strings.find(name);
        found != file.strings.end() && name != kChecksums)
      sums[name] = sum_of(found->second, row.dims.empty());
  }
  return sums;
}

std::string line_of(const std::string& sum, const std::string& name) {
  return sum + "  " + name + "\n";
}

/// Throws InputError where the last line does not belong to the others.
Sums parsed(const std::string& lines, const std::string& where) {
  constexpr size_t kDigits = 64;
  Sums sums;
  size_t begin = 0;
  std::string last;
  for (auto end = lines.find('\n'); end != std::string::npos; end = lines.find('\n', begin)) {
    const auto line = lines.substr(begin, end - begin);
    last = line.size() > kDigits + 2 ? line.substr(kDigits + 2) : "";
    sums[last] = line.substr(0, kDigits);
    if (last == ".") break;
    begin = end + 1;
  }
  const bool whole =
      last == "." && lines.substr(begin) == line_of(sha256(lines.substr(0, begin)), ".");
  check(whole, "{}: '{}' is damaged; write the file anew", where, kChecksums);
  sums.erase(".");
  return sums;
}

}  // namespace

std::string checksum_lines(const ProbeFile& file, const Sums& text_attributes) {
  std::string lines;
  for (const auto& [name, sum] : sums_of(file, text_attributes)) lines += line_of(sum, name);
  return lines + line_of(sha256(lines), ".");
}

void check_contents(const ProbeFile& file, const std::string& lines, const std::string& where) {
  const auto sums = sums_of(file, file.text_attributes);
  for (const auto& [name, sum] : parsed(lines, where)) {
    if (!name.starts_with('@') && find_variable(name) == nullptr) continue;
    const auto found = sums.find(name);
    check(found != sums.end(),
          "{}: '{}' is missing, though the file says that it holds it; write it anew",
          where,
          name);
    check(found->second == sum,
          "{}: '{}' is not what was written (its checksum differs); write it anew",
          where,
          name);
  }
}

}  // namespace ww
