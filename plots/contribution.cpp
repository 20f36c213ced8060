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
                      .symbol = "V [1]",
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
  const auto of = options.layer ? fmt::format("Layer {}. Beneath: mean over heads", *options.layer)
                                : std::string("Means over heads. Beneath: mean over layers");
  return frequency_maps_figure(
      "Contributions of frequencies to the scores",
      std::move(files),
      options,
      "V: covariance of the frequency's part of a score with the score over the visible keys, over "
      "the variance of the scores; red adds, blue opposes the others. I: half the variance of the "
      "part under the pattern, about what the pattern loses without it (Kullback-Leibler), on a "
      "logarithmic scale. " +
          of + " with \u00b11 standard error.");
}

}  // namespace ww
