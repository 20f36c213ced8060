// normaliser.hpp: what is done to a text before it is cut: the `normalizer` of tokenizer.json.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "models/text/json_node.hpp"

namespace ww {

class Normaliser {
 public:
  Normaliser() = default;  // leaves texts as they are
  /// NFC, NFD, NFKC, NFKD, Lowercase, Strip, Prepend, Replace, Sequence, or null. Throws InputError
  /// that names any other.
  explicit Normaliser(const JsonNode& node);

  /// The text normalised. Clears `first` where the text's own beginning did not survive.
  std::string operator()(std::string text, bool& first) const;
  bool empty() const { return steps_.empty(); }

 private:
  using Step = std::function<std::string(std::string, bool& first)>;
  void add(const JsonNode& node);
  std::vector<Step> steps_;
};

}  // namespace ww
