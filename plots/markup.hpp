// markup.hpp: HTML and SVG in the making. Patterns stand in the program; every text that is put
// into one is written by escape(), here and nowhere else: what is no Markup yet can't get in
// otherwise.
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <string>
#include <string_view>
#include <type_traits>

namespace ww {

/// What is no UTF-8, no character or a control character (but for tab and line end) as U+FFFD: XML
/// and cairo refuse them.
std::string drawable(std::string_view text);

/// The same with `&`, `<`, `>` and `"` as entities, which is safe in elements and in quoted
/// attributes.
std::string escape(std::string_view text);

class Markup;

/// What stands for a value in a pattern: markup and numbers as they are, text escaped.
template <typename Value>
using InMarkup =
    std::conditional_t<std::is_same_v<Value, Markup>,
                       std::string_view,
                       std::conditional_t<std::is_arithmetic_v<Value>, Value, std::string>>;

class Markup {
 public:
  Markup() = default;
  /// Text becomes markup by being escaped, wherever markup is wanted.
  template <std::convertible_to<std::string_view> Text>
  Markup(const Text& text)  // NOLINT(google-explicit-constructor)
      : html_(escape(text)) {}

  /// A constant of the program (a style, a script), as it is.
  template <const char* const& Constant>
  static Markup own() {
    return {Raw{}, Constant};
  }
  /// JSON for a <script> element: no "<" that could end it.
  static Markup json(std::string_view json);

  const std::string& str() const { return html_; }
  bool empty() const { return html_.empty(); }
  Markup& operator+=(const Markup& other) {
    html_ += other.html_;
    return *this;
  }
  friend Markup operator+(Markup first, const Markup& second) { return first += second; }

 private:
  struct Raw {};
  Markup(Raw, std::string html) : html_(std::move(html)) {}
  template <typename... Values>
  friend Markup markup(fmt::format_string<InMarkup<Values>...> pattern, const Values&... values);

  std::string html_;
};

template <typename Value>
InMarkup<Value> in_markup(const Value& value) {
  if constexpr (std::is_same_v<Value, Markup>) {
    return value.str();
  } else if constexpr (std::is_arithmetic_v<Value>) {
    return value;
  } else {
    return escape(value);
  }
}

/// markup("<td>{}</td>", text): the pattern is a literal, which the compiler checks.
template <typename... Values>
Markup markup(fmt::format_string<InMarkup<Values>...> pattern, const Values&... values) {
  return {Markup::Raw{}, fmt::format(pattern, in_markup(values)...)};
}

}  // namespace ww
