#include "models/text/normaliser.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "models/text/characters.hpp"
#include "models/text/normal_form.hpp"
#include "models/text/splitting.hpp"

namespace ww {

namespace {

using Rewriting = std::function<std::string(std::string, bool&)>;

Rewriting form(NormalForm which) {
  return [which](const std::string& text, bool&) { return normal_form(text, which); };
}

Rewriting strip(bool left, bool right) {
  return [left, right](const std::string& text, bool& first) {
    size_t begin = 0, end = 0;  // of what is no space
    for (size_t at = 0; at < text.size();) {
      const auto [point, length] = code_point(text, at);
      at += length;
      if (is_space(point)) continue;
      if (end == 0) begin = at - length;
      end = at;
    }
    if (end == 0) begin = text.size();
    const auto from = left ? begin : 0;
    const auto to = right ? std::max(end, from) : text.size();
    first = first && from == 0;
    return text.substr(from, to - from);
  };
}

Rewriting replace(const Splitter& pattern, const std::string& content) {
  return [pattern, content](const std::string& text, bool& first) {
    std::string replaced;
    for (const auto& span : pattern(text)) {
      if (span.match && span.begin == 0 && span.end > 0 && content.empty()) first = false;
      check_growth(replaced.size(), text.size(), "normalizer");
      replaced += span.match ? content : text.substr(span.begin, span.end - span.begin);
    }
    return replaced;
  };
}

/// One that is no Sequence.
Rewriting read_rewriting(const JsonNode& node, const std::string& type) {
  const auto plain = [&](Rewriting step) {
    node.only({"type"});
    return step;
  };
  if (type == "NFC") return plain(form(NormalForm::nfc));
  if (type == "NFD") return plain(form(NormalForm::nfd));
  if (type == "NFKC") return plain(form(NormalForm::nfkc));
  if (type == "NFKD") return plain(form(NormalForm::nfkd));
  if (type == "Lowercase") {
    return plain([](const std::string& text, bool&) { return lowercase(text); });
  }
  if (type == "Strip") {
    node.only({"type", "strip_left", "strip_right"});
    return strip(node.at("strip_left").flag(), node.at("strip_right").flag());
  }
  if (type == "Prepend") {
    node.only({"type", "prepend"});
    return [prefix = node.at("prepend").text()](const std::string& text, bool&) {
      return text.empty() ? text : prefix + text;
    };
  }
  if (type == "Replace") {
    node.only({"type", "pattern", "content"});
    return replace(read_pattern(node.at("pattern")), node.at("content").text());
  }
  refuse("{}: the normalizer '{}' is not supported; use --ids", node.where(), type);
}

}  // namespace

Normaliser::Normaliser(const JsonNode& node) {
  if (!node.is_null()) add(node);
}

void Normaliser::add(const JsonNode& node) {
  const auto type = node.at("type").text();
  if (type == "Sequence") {
    node.only({"type", "normalizers"});
    for (const auto& part : node.at("normalizers").items()) add(part);
  } else {
    steps_.push_back(read_rewriting(node, type));
  }
}

std::string Normaliser::operator()(std::string text, bool& first) const {
  const auto original = text.size();
  for (const auto& step : steps_) {
    text = step(std::move(text), first);
    check_growth(text.size(), original, "normalizer");
  }
  return text;
}

}  // namespace ww
