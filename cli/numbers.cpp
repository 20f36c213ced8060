#include "cli/numbers.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <string>

namespace ww {

namespace {

/// What is wrong with the text as a number of this type; nothing where it is one.
template <typename Number>
std::string fault_of(const std::string& text, const char* kind, const char* range) {
  Number number{};
  const auto* const end = text.data() + text.size();
  const auto [stopped, fault] = std::from_chars(text.data(), end, number);
  if (fault == std::errc::result_out_of_range)
    return fmt::format("must be {} but is {}", range, text);
  const bool whole = fault == std::errc() && stopped == end;
  return whole ? "" : fmt::format("needs {} but got '{}'", kind, text);
}

/// CLI11 takes a number that begins with 0 as octal.
std::string leading_zero(const std::string& text) {
  const auto first = text.find_first_of("0123456789");
  const bool zero = first != text.npos && first + 1 < text.size() && text[first] == '0';
  return zero ? fmt::format("needs a whole number without leading zeros but got '{}'", text) : "";
}

std::string integer(const std::string& text) {
  const auto fault = fault_of<int64_t>(text, "a whole number", "from -2^63 to 2^63 - 1");
  return fault.empty() ? leading_zero(text) : fault;
}

std::string natural(const std::string& text) {
  if (text.starts_with('-')) return "must not be negative but is " + text;
  const auto fault = fault_of<uint64_t>(text, "a whole number", "below 2^64");
  return fault.empty() ? leading_zero(text) : fault;
}

}  // namespace

void check_numbers(CLI::App& app) {
  for (auto* const option : app.get_options()) {
    const auto type = option->get_type_name();
    if (type == "INT") option->check(integer);
    if (type == "UINT") option->check(natural);
  }
  for (auto* const command : app.get_subcommands(nullptr)) check_numbers(*command);
}

}  // namespace ww
