// gguf_keys.hpp: the metadata of a GGUF file, read key by key.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "models/formats/weights.hpp"

namespace ww {

/// Keys are without their prefix, the architecture's name. Every refusal names file and key. A
/// number may stand as a list with an entry a layer, all equal.
class GgufKeys {
 public:
  /// The file must live as long as its keys.
  GgufKeys(const WeightFile& file, std::string where);

  const std::string& architecture() const { return architecture_; }  // "none" where it says none
  const std::string& where() const { return where_; }
  bool has(const std::string& key) const { return find(key) != nullptr; }
  bool has_tensor(const std::string& name) const { return file_.tensors.contains(name); }
  const TensorView& tensor(const std::string& name) const { return file_.tensors.at(name); }

  /// Throws InputError where there is none, or none that is finite, or layers differ.
  double real(const std::string& key) const;
  double real_or(const std::string& key, double fallback) const;
  /// Throws InputError where there is none or it is no whole number from 0 to 10^9.
  int64_t integer(const std::string& key) const;
  int64_t integer_or(const std::string& key, int64_t fallback) const;
  /// Throw InputError where there is one of another type.
  std::string text_or(const std::string& key, const std::string& fallback) const;
  bool flag_or(const std::string& key, bool fallback) const;
  /// A flag a layer; none where the value is no list. Throws InputError unless it has `layers`
  /// flags.
  std::optional<std::vector<bool>> flags(const std::string& key, int64_t layers) const;

  /// Throws InputError that names a key which nothing above was asked for, unless it says nothing
  /// of what the model computes.
  void refuse_unread() const;

 private:
  std::string full(const std::string& key) const { return architecture_ + "." + key; }
  /// Null where there is none. The key counts as read.
  const nlohmann::json* find(const std::string& key) const;

  const WeightFile& file_;
  std::string where_, architecture_ = "none";
  mutable std::set<std::string> read_;
};

}  // namespace ww
