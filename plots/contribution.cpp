#include "plots/contribution.hpp"

#include <fmt/format.h>

#include "plots/frequency_maps.hpp"

namespace ww {

Figure contribution_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options) {
  std::vector<FileMaps> files;
  for (const auto& probe : probes) {
    const auto rows = map_rows(probe, options.layer);
    files.push_back({{.name = "covariance-share",
                      .title = "Share of the scores' variance",
                      .symbol = "V",
                      .unit = "1",
                      .rows = rows,
                      .values = map_values(probe, "metrics/covariance_share", options.layer),
                      .colours = MapColours::diverging},
                     {.name = "fisher",
                      .title = "Fisher importance",
                      .symbol = "I [nat]",
                      .unit = "nat",
                      .rows = rows,
                      .values = map_values(probe, "metrics/fisher", options.layer),
                      .colours = MapColours::log}});
  }
  const auto of = options.layer
                      ? fmt::format("Layer {}. Below the maps: mean over heads", *options.layer)
                      : std::string("Means over heads. Below the maps: mean over layers");
  return frequency_maps_figure(
      "Contributions of frequencies to the scores",
      std::move(files),
      options,
      "V: covariance of a frequency's part of the score with the whole score over visible keys, "
      "divided by the variance of the scores; red: it adds to that variance, blue: it cancels "
      "other "
      "frequencies. I: half the variance of that part under the attention pattern, which "
      "approximates how far the pattern would change without it (Kullback-Leibler divergence), on "
      "a logarithmic scale. " +
          of + " with \u00b11 standard error.");
}

}  // namespace ww
