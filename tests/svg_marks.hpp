// svg_marks.hpp: the marks of an SVG with their attributes, by a small reader of our own output.
#pragma once

#include <map>
#include <regex>
#include <string>
#include <vector>

namespace ww::test {

/// Attribute to value; "data-layer" is called "layer".
using Mark = std::map<std::string, std::string>;

/// The elements of that name whose data-map is `map`, in their order.
inline std::vector<Mark> marks_of(const std::string& svg,
                                  const std::string& element,
                                  const std::string& map) {
  static const std::regex attribute(R"re(([a-z-]+)="([^"]*)")re");
  std::vector<Mark> marks;
  const auto start = "<" + element + " ";
  for (size_t at = 0; (at = svg.find(start, at)) != std::string::npos; ++at) {
    const auto text = svg.substr(at, svg.find('>', at) - at);
    if (text.find("data-map=\"" + map + "\"") == std::string::npos) continue;
    auto& mark = marks.emplace_back();
    for (auto i = std::sregex_iterator(text.begin(), text.end(), attribute);
         i != std::sregex_iterator();
         ++i) {
      const auto name = (*i)[1].str();
      mark[name.starts_with("data-") ? name.substr(5) : name] = (*i)[2];
    }
  }
  return marks;
}

inline double number_of(const Mark& mark, const std::string& name) {
  return std::stod(mark.at(name));
}

/// How often a text occurs.
inline size_t count_of(const std::string& svg, const std::string& text) {
  size_t count = 0;
  for (size_t at = 0; (at = svg.find(text, at)) != std::string::npos; ++at) ++count;
  return count;
}

/// All lines of text, joined by blanks: a sentence of a caption may go over several.
inline std::string text_of(const std::string& svg) {
  std::string words;
  for (size_t at = 0; (at = svg.find("<text ", at)) != std::string::npos; ++at) {
    const auto from = svg.find('>', at) + 1;
    words += svg.substr(from, svg.find('<', from) - from) + " ";
  }
  return words;
}

}  // namespace ww::test
