#include "tasks/indirect.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/philox.hpp"
#include "tasks/symbols.hpp"

namespace ww {

const std::vector<std::string>& choices(Redraw) {
  static const std::vector<std::string> names = {"pair", "shift"};
  return names;
}

Indirect::Options Indirect::preset(const PresetSizes& sizes) {
  Options options{.letters = sizes.letters, .n = sizes.n, .reach = sizes.reach};
  read_option("query", sizes.query, options.query);
  return options;
}

static const Indirect::Options& checked(const Indirect::Options& options) {
  const auto& [letters, n, reach, query, zero, redraw] = options;
  check_symbols(Indirect::kName, "letters", letters);
  check(n.lo >= 2 && n.hi <= letters,
        "[indirect] n must be 2 to the number of letters, {}, since letters do not repeat, but got "
        "{}",
        letters,
        option_text(n));
  check(
      reach >= 1 && reach < n.lo,
      "[indirect] reach must be 1 to {}, so that every shift fits the shortest string, but got {}",
      n.lo - 1,
      reach);
  return options;
}

Indirect::Indirect(const Options& options)
    : options_(checked(options)), spelling_(options.query, options.letters, options.reach) {
  for (int letter = 0; letter < options_.letters; ++letter) {
    vocabulary_.push_back(letter_name(letter));
  }
  for (auto& symbol : spelling_.symbols()) vocabulary_.push_back(std::move(symbol));
  vocabulary_.push_back(kFiller);
  find_best_distances();
}

std::string Indirect::text() const { return canonical_text(kName, options_) + " hold=none"; }

bool Indirect::asks(int shift) const {
  return std::abs(shift) <= options_.reach && (shift != 0 || options_.zero);
}

Indirect::Pointer Indirect::draw_pointer(int n, Draw& draw) const {
  const auto inside = [n](const Pointer& p) {
    return p.source + p.shift >= 0 && p.source + p.shift < n;
  };
  const auto shift = [&] {
    const int drawn =
        static_cast<int>(draw.below(2 * options_.reach + options_.zero)) - options_.reach;
    return drawn + (drawn >= 0 && !options_.zero);
  };
  const auto source = [&] { return static_cast<int>(draw.below(n)); };
  Pointer pointer{source(), 0};
  pointer.shift = shift();
  while (!inside(pointer)) {
    if (options_.redraw == Redraw::pair) pointer.source = source();
    pointer.shift = shift();
  }
  return pointer;
}

Shape Indirect::draw_shape(Draw& draw, int queries) const {
  Shape shape{options_.n.lo + static_cast<int>(draw.below(options_.n.count())), {}};
  for (int q = 0; q < queries; ++q) {
    const int shift = spelling_.length_varies() ? draw_pointer(shape.n, draw).shift : 0;
    shape.blocks.push_back(spelling_.length(shift));
  }
  return shape;
}

Sample Indirect::draw_sample(const Shape& shape, Draw& draw) const {
  Sample sample{draw.distinct(options_.letters, shape.n), {}};
  for (const int length : shape.blocks) {
    Pointer pointer = draw_pointer(shape.n, draw);
    while (spelling_.length(pointer.shift) != length) pointer = draw_pointer(shape.n, draw);
    const int target = pointer.source + pointer.shift;
    sample.queries.push_back(
        {.tokens = spelling_.write({sample.string[pointer.source], pointer.shift}),
         .answer = sample.string[target],
         .source = pointer.source,
         .target = target,
         .shift = pointer.shift});
  }
  return sample;
}

int32_t Indirect::solve(std::span<const int32_t> string, std::span<const int32_t> block) const {
  const auto question = spelling_.read(block);
  if (!question) return -1;
  const auto found = std::find(string.begin(), string.end(), question->letter);
  if (found == string.end()) return -1;
  const auto place = found - string.begin() + question->shift;
  return place >= 0 && place < std::ssize(string) ? string[place] : -1;
}

std::vector<Invariance> Indirect::invariances() const {
  const auto relabelled = [this](const Sample& sample, Draw& draw) {
    const auto renamed = draw.distinct(options_.letters, options_.letters);
    auto string = sample.string;
    for (auto& letter : string) letter = renamed[letter];
    return std::all_of(sample.queries.begin(), sample.queries.end(), [&](const Query& query) {
      const int32_t letter = renamed[sample.string[query.source]];
      return solve(string, spelling_.write({letter, query.shift})) == renamed[query.answer];
    });
  };
  const auto reversed = [this](const Sample& sample, Draw&) {
    const std::vector<int32_t> string(sample.string.rbegin(), sample.string.rend());
    return std::all_of(sample.queries.begin(), sample.queries.end(), [&](const Query& query) {
      const int32_t letter = sample.string[query.source];
      return solve(string, spelling_.write({letter, -query.shift})) == query.answer;
    });
  };
  return {{"relabelling letters relabels the answer", relabelled},
          {"reversing the string and negating the shift keeps the answer", reversed}};
}

std::string Indirect::sentence(std::span<const int32_t> string, const Query& query) const {
  std::string letters;
  for (const int32_t letter : string) letters += vocabulary_[letter];
  const auto question = spelling_.read(query.tokens);
  check(question.has_value(), "[indirect] a block asks no question");
  return fmt::format("{}, {}, {}, {}",
                     letters,
                     vocabulary_[question->letter],
                     shift_name(question->shift),
                     vocabulary_[query.answer]);
}

}  // namespace ww
