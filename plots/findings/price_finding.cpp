#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/statistics.hpp"
#include "plots/findings/findings.hpp"
#include "plots/findings/price.hpp"
#include "plots/findings/words.hpp"

namespace ww {

namespace {

constexpr size_t kNamedHeads = 3;

double value_or_nan(const NamedProbe& probe, const char* name, size_t row) {
  const auto* const array = find_array(probe, name);
  return array != nullptr && row < array->values.size() ? array->values[row] : std::nan("");
}

/// The heads that cost most when they are treated alone, the dearest first.
std::string paying_heads(const NamedProbe& probe, size_t row) {
  const auto* const all = find_array(probe, "ablation/delta_loss_head");
  if (all == nullptr) return " Heads were not measured one by one (`--layers each --heads each`).";
  const size_t heads = all->shape.at(2), count = all->shape.at(1) * heads;
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  std::erase_if(order, [&](size_t i) { return !std::isfinite(all->values[row * count + i]); });
  std::ranges::sort(order, std::greater(), [&](size_t i) { return all->values[row * count + i]; });
  std::vector<std::string> named;
  for (size_t i = 0; i < std::min(kNamedHeads, order.size()); ++i) {
    const size_t at = order[i];
    named.push_back(fmt::format(
        "{} ({:+.4f})", head_words(at / heads, at % heads), all->values[row * count + at]));
  }
  return named.empty()
             ? ""
             : fmt::format(" Of single heads, the most expensive are {}.", fmt::join(named, ", "));
}

std::string verdict(const Price& price) {
  if (price.change.value == 0 && price.change.low == 0 && price.change.high == 0) {
    return ": exactly nothing, for content shifts no curve";
  }
  if (std::isnan(price.change.low)) return "";
  return price.change.may_be(0) ? ", which is not clearly different from 0"
                                : ", which is different from 0";
}

}  // namespace

std::optional<Price> price_of(const NamedProbe& probe) {
  const auto names = probe.file.strings.find("ablation/intervention");
  if (names == probe.file.strings.end()) return std::nullopt;
  const auto found = std::ranges::find(names->second, "unshift");
  if (found == names->second.end()) return std::nullopt;
  const auto row = static_cast<size_t>(found - names->second.begin());
  Price price{.row = row};
  price.change = {value_or_nan(probe, "ablation/total_delta_loss", row),
                  value_or_nan(probe, "ablation/total_delta_loss_ci_low", row),
                  value_or_nan(probe, "ablation/total_delta_loss_ci_high", row),
                  static_cast<size_t>(std::max<int64_t>(0, about(probe).texts))};
  if (std::isnan(price.change.value)) return std::nullopt;
  if (std::isnan(price.change.high)) price.change.low = price.change.high;
  const double offsets = value_or_nan(probe, "ablation/averaged_offsets", row);
  if (std::isfinite(offsets)) price.offsets = static_cast<int64_t>(offsets);
  return price;
}

std::string price_finding(const NamedProbe& probe) {
  const auto price = price_of(probe);
  if (!price)
    return "not measured; `whatwhere ablate` with the intervention `unshift` measures it.";
  const auto& change = price->change;
  const auto interval =
      std::isnan(change.low)
          ? std::string()
          : fmt::format(" (95 % interval {:+.4f} to {:+.4f})", change.low, change.high);
  const auto range =
      price->offsets > 0
          ? fmt::format("Curves were averaged over offsets 0 to {}", price->offsets - 1)
          : "The file does not say over which offsets curves were averaged";
  return fmt::format(
      "if content could scale distance curves but not shift them (`unshift` in all layers), the "
      "loss would "
      "change by {:+.4f} nats per prediction{}{}. {}; prices compare only at equal `--range`.{}",
      change.value,
      interval,
      verdict(*price),
      range,
      paying_heads(probe, price->row));
}

}  // namespace ww
