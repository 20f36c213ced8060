// gguf_keys.hpp: the metadata of a GGUF file, read key by key.
#pragma once

#include <string>
#include <vector>

#include "models/formats/weights.hpp"

namespace ww {

/// Keys are without their prefix, the architecture's name. Every refusal names file and key.
class GgufKeys {
 public:
  /// The file must live as long as its keys.
  GgufKeys(const WeightFile& file, std::string where);

  const std::string& architecture() const { return architecture_; }  // "none" where it says none
  const std::string& where() const { return where_; }
  bool has(const std::string& key) const { return file_.metadata.contains(full(key)); }
  bool has_tensor(const std::string& name) const { return file_.tensors.contains(name); }
  const TensorView& tensor(const std::string& name) const { return file_.tensors.at(name); }

  /// Throws InputError where there is none or it is not finite.
  double real(const std::string& key) const;
  double real_or(const std::string& key, double fallback) const;
  /// Throws InputError where there is none or it is no whole number from 0 to 10^9.
  int64_t integer(const std::string& key) const;
  int64_t integer_or(const std::string& key, int64_t fallback) const;
  /// Throw InputError where there is one of another type.
  std::string text_or(const std::string& key, const std::string& fallback) const;
  bool flag_or(const std::string& key, bool fallback) const;
  /// Every key of the architecture.
  std::vector<std::string> all() const;

 private:
  std::string full(const std::string& key) const { return architecture_ + "." + key; }

  const WeightFile& file_;
  std::string where_, architecture_ = "none";
};

}  // namespace ww
