#include "models/text/normal_form.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "base/check.hpp"
#include "models/text/characters.hpp"

namespace ww {

namespace {

/// Code points that Unicode 10 to 18 gave a combining class or a decomposition: without either in
/// the reference (tokenizers 0.23.3, asked for every code point). Between the ends of a range is no
/// character that the reference's tables know.
constexpr PointRange kLater[] = {
    {0x558, 0x558},     {0x58b, 0x58c},     {0x5c8, 0x5c9},     {0x7fd, 0x7fd},
    {0x897, 0x89f},     {0x8ca, 0x8d3},     {0x9fe, 0x9fe},     {0xc3c, 0xc3c},
    {0xd3b, 0xd3c},     {0xeba, 0xeba},     {0x1715, 0x1715},   {0x1abf, 0x1af0},
    {0x1df6, 0x1dfa},   {0x209d, 0x209f},   {0x32ff, 0x32ff},   {0xa7f1, 0xa7f4},
    {0xa82c, 0xa82c},   {0xab69, 0xab69},   {0x105c9, 0x105c9}, {0x105e4, 0x105e4},
    {0x10781, 0x10785}, {0x10787, 0x107b0}, {0x107b2, 0x107bf}, {0x10d24, 0x10d27},
    {0x10d69, 0x10d6d}, {0x10eab, 0x10eac}, {0x10ecb, 0x10ecf}, {0x10ef0, 0x10efb},
    {0x10efd, 0x10eff}, {0x10f46, 0x10f50}, {0x10f82, 0x10f85}, {0x11070, 0x11070},
    {0x1133b, 0x1133b}, {0x11383, 0x11383}, {0x11385, 0x11385}, {0x1138e, 0x1138e},
    {0x11391, 0x11391}, {0x113c5, 0x113c5}, {0x113c7, 0x113c8}, {0x113ce, 0x113d0},
    {0x1145e, 0x1145e}, {0x11839, 0x1183a}, {0x11938, 0x11938}, {0x1193d, 0x1193e},
    {0x11943, 0x11943}, {0x119e0, 0x119e0}, {0x11a34, 0x11a34}, {0x11a47, 0x11a47},
    {0x11a99, 0x11a99}, {0x11d42, 0x11d42}, {0x11d44, 0x11d45}, {0x11d97, 0x11d97},
    {0x11f41, 0x11f42}, {0x16121, 0x16128}, {0x1612f, 0x1612f}, {0x16d68, 0x16d6a},
    {0x16ff0, 0x16ff1}, {0x1b123, 0x1b126}, {0x1ccd6, 0x1ccf9}, {0x1d127, 0x1d128},
    {0x1d250, 0x1d252}, {0x1d25b, 0x1d25c}, {0x1d25f, 0x1d25f}, {0x1d280, 0x1d281},
    {0x1d6a6, 0x1d6a6}, {0x1df95, 0x1df95}, {0x1dfcd, 0x1dfff}, {0x1e030, 0x1e06d},
    {0x1e08f, 0x1e08f}, {0x1e130, 0x1e136}, {0x1e2ae, 0x1e2ae}, {0x1e2ec, 0x1e2ef},
    {0x1e4ec, 0x1e4ef}, {0x1e5ee, 0x1e5ef}, {0x1e6e3, 0x1e6e3}, {0x1e6e6, 0x1e6e6},
    {0x1e6ee, 0x1e6ef}, {0x1e6f5, 0x1e6f5}, {0x1f16c, 0x1f16c}, {0x1fbf0, 0x1fbf9}};

constexpr uint32_t kFirstWithClass = 0x300;  // nothing below combines with what stands before it

struct Mark {
  uint32_t point;
  int rank;  // canonical combining class; 0: a starter
};

int combining_class(uint32_t point) {
  if (point < kFirstWithClass || contains(kLater, point)) return 0;
  return utf8proc_get_property(static_cast<int32_t>(point))->combining_class;
}

std::vector<Mark> decomposed(std::string_view text, bool compatible) {
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | UTF8PROC_STABLE |
                                                      (compatible ? UTF8PROC_COMPAT : 0));
  std::vector<Mark> marks;
  marks.reserve(text.size());
  std::array<utf8proc_int32_t, 32> parts{};  // the longest has 18
  for (size_t at = 0; at < text.size();) {
    const auto [point, length] = code_point(text, at);
    at += length;
    if (point < 0x80 || contains(kLater, point)) {
      marks.push_back({point, 0});
      continue;
    }
    int boundary = 0;
    const auto count = utf8proc_decompose_char(
        static_cast<int32_t>(point), parts.data(), parts.size(), options, &boundary);
    check(count > 0 && count <= static_cast<ptrdiff_t>(parts.size()),
          "U+{:04X} is no character that has a normal form",
          point);
    for (ptrdiff_t i = 0; i < count; ++i) {
      const auto part = static_cast<uint32_t>(parts[static_cast<size_t>(i)]);
      marks.push_back({part, combining_class(part)});
    }
  }
  return marks;
}

/// Runs of marks in the order of their classes.
void order(std::vector<Mark>& marks) {
  for (auto from = marks.begin(); from != marks.end();) {
    from = std::find_if(from, marks.end(), [](const Mark& m) { return m.rank != 0; });
    const auto to = std::find_if(from, marks.end(), [](const Mark& m) { return m.rank == 0; });
    std::stable_sort(from, to, [](const Mark& a, const Mark& b) { return a.rank < b.rank; });
    from = to;
  }
}

/// The primary composite of two code points, 0 where there is none.
uint32_t composite(uint32_t a, uint32_t b) {
  if (b < kFirstWithClass) return 0;
  std::array<utf8proc_int32_t, 2> pair = {static_cast<int32_t>(a), static_cast<int32_t>(b)};
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE);
  if (utf8proc_normalize_utf32(pair.data(), 2, options) != 1) return 0;
  const auto joined = static_cast<uint32_t>(pair[0]);
  return contains(kLater, joined) ? 0 : joined;
}

/// UAX 15, D117: each mark that nothing blocks joins the last starter where they have a composite.
void compose(std::vector<Mark>& marks) {
  constexpr size_t kNone = ~size_t{0};
  size_t kept = 0, starter = kNone;
  for (const auto mark : marks) {
    const bool between = starter != kNone && kept > starter + 1;
    const bool blocked = between && (mark.rank == 0 || marks[kept - 1].rank >= mark.rank);
    if (starter != kNone && !blocked) {
      if (const auto joined = composite(marks[starter].point, mark.point); joined != 0) {
        marks[starter].point = joined;
        continue;
      }
    }
    if (mark.rank == 0) starter = kept;
    marks[kept++] = mark;
  }
  marks.resize(kept);
}

}  // namespace

std::string normal_form(std::string_view text, NormalForm form) {
  if (std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
    return std::string(text);
  }
  auto marks = decomposed(text, form == NormalForm::nfkc || form == NormalForm::nfkd);
  order(marks);
  if (form == NormalForm::nfc || form == NormalForm::nfkc) compose(marks);
  std::string normal;
  normal.reserve(text.size());
  for (const auto& mark : marks) append_utf8(normal, mark.point);
  return normal;
}

}  // namespace ww
