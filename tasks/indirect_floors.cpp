// indirect_floors.cpp: what each partial view of a question is worth, by going through all of them.

#include <algorithm>
#include <cstdlib>
#include <functional>

#include "tasks/indirect.hpp"

namespace ww {

// In the order of the ladder.
enum View : size_t {
  kNothing,
  kLetter,
  kDistance,
  kSource,
  kShift,
  kPlateauLow,
  kPlateauHigh,
  kSign,
  kDigits,
  kOnePlace,
  kSize,
  kViews
};

static const char* words(size_t view) {
  constexpr const char* table[kViews] = {
      "nothing",
      "a letter of the string",
      "best fixed distance from the end",
      "source, not shift",
      "shift, not source",
      "what plateau, low: shift 0 right, else another letter of the string",
      "what plateau, high: shift 0 right, else another letter in reach",
      "source and sign of the shift",
      "source, sign and number of digits",
      "right up to one place",
      "source and size of the shift, no sign"};
  return table[view];
}

template <typename F>
void Indirect::for_each_question(F&& f) const {
  const auto& [letters, n_range, S, query, zero, redraw] = options_;
  for (int n = n_range.lo; n <= n_range.hi; ++n) {
    std::vector<int> shifts_at(n, 0);  // valid shifts of each source
    int pairs = 0;
    for (int source = 0; source < n; ++source) {
      for (int shift = -S; shift <= S; ++shift) {
        const int target = source + shift;
        shifts_at[source] += asks(shift) && target >= 0 && target < n;
      }
      pairs += shifts_at[source];
    }
    for (int source = 0; source < n; ++source) {
      const double equal = redraw == Redraw::pair ? pairs : 1.0 * n * shifts_at[source];
      for (int shift = -S; shift <= S; ++shift) {
        const int target = source + shift;
        if (!asks(shift) || target < 0 || target >= n) continue;
        f(n, source, shift, 1 / (equal * n_range.count()));
      }
    }
  }
}

void Indirect::find_best_distances() {
  const int S = options_.reach;
  std::vector<double> chances(options_.n.hi, 0.0);
  std::vector<std::vector<double>> by_shift(2 * S + 1, chances);
  for_each_question([&](int n, int source, int shift, double chance) {
    const int distance = n - 1 - source - shift;
    chances[distance] += chance;
    by_shift[shift + S][distance] += chance;
  });
  const auto best = [](const std::vector<double>& of) {
    return static_cast<int>(std::max_element(of.begin(), of.end()) - of.begin());
  };
  best_distance_ = best(chances);
  for (const auto& of : by_shift) shift_distances_.push_back(best(of));
}

static int digits(int shift) { return static_cast<int>(fmt::to_string(std::abs(shift)).size()); }
static int sign(int shift) { return (shift > 0) - (shift < 0); }

std::vector<int> Indirect::view_places(size_t view, int n, int source, int shift) const {
  const int target = source + shift;
  const auto where = [n](const auto& holds) {
    std::vector<int> places;
    for (int place = 0; place < n; ++place) {
      if (holds(place)) places.push_back(place);
    }
    return places;
  };
  const auto same_sign = [&](int place) {
    return asks(place - source) && sign(place - source) == sign(shift);
  };
  switch (view) {
    case kLetter:
      return where([](int) { return true; });
    case kDistance:
      return where([&](int place) { return place == n - 1 - best_distance_; });
    case kSource:
      return where([&](int place) { return asks(place - source); });
    case kShift: {
      const int distance = shift_distances_[shift + options_.reach];
      return where([&](int place) { return place == n - 1 - distance; });
    }
    case kPlateauLow:
      return where([&](int place) { return (place == source) == (shift == 0); });
    case kPlateauHigh:
      return where(
          [&](int place) { return (place == source) == (shift == 0) && asks(place - source); });
    case kSign:
      return where(same_sign);
    case kDigits:
      return where(
          [&](int place) { return same_sign(place) && digits(place - source) == digits(shift); });
    case kOnePlace:
      return where([&](int place) { return std::abs(place - target) <= 1; });
    case kSize:
      return where([&](int place) { return std::abs(place - source) == std::abs(shift); });
  }
  return {};
}

std::vector<Floor> Indirect::ladder(bool off_zero) const {
  double asked = 0;
  std::vector<double> right(kViews, 0.0);
  for_each_question([&](int n, int source, int shift, double chance) {
    if (off_zero && shift == 0) return;
    asked += chance;
    right[kNothing] += chance / options_.letters;
    for (size_t view = kLetter; view < kViews; ++view) {
      const auto places = view_places(view, n, source, shift);
      if (std::find(places.begin(), places.end(), source + shift) == places.end()) continue;
      right[view] += chance / static_cast<double>(places.size());
    }
  });
  std::vector<Floor> floors;
  for (size_t view = 0; view < kViews; ++view) {
    floors.push_back({words(view), right[view] / asked, 0, view == kPlateauHigh});
  }
  return floors;
}

std::vector<Floor> Indirect::floors() const { return ladder(false); }

std::vector<Floor> Indirect::floors_off_zero() const {
  auto floors = ladder(true);
  floors.erase(floors.begin(), floors.begin() + kPlateauLow);  // these do not know that it is not 0
  return floors;
}

std::vector<int32_t> Indirect::candidates(size_t floor,
                                          const Sample& sample,
                                          const Query& query) const {
  if (floor == kNothing) return all_labels(labels());
  const int n = static_cast<int>(sample.string.size());
  std::vector<int32_t> letters;
  for (const int place : view_places(floor, n, query.source, query.shift)) {
    letters.push_back(sample.string[place]);
  }
  return letters;
}

}  // namespace ww
