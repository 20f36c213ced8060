#include "plots/product.hpp"

#include <fmt/format.h>

#include <cmath>

#include "plots/frequency_maps.hpp"

namespace ww {

namespace {

/// sqrt(Nq Nk) of each query head with the key head that it reads: [H, F].
std::vector<double> by_head(const NamedProbe& probe, size_t layer) {
  auto values = head_products(probe, layer);
  for (double& value : values) value = std::sqrt(value);
  return values;
}

}  // namespace

Figure product_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options) {
  std::vector<FileMaps> files;
  for (const auto& probe : probes) {
    auto rows = map_rows(probe, options.layer);
    auto values =
        options.layer ? by_head(probe, *options.layer) : array_of(probe, "usage_product").values;
    files.push_back({{.name = "product",
                      .title = "Queries and keys together",
                      .symbol = "\u221a(Nq Nk)",
                      .unit = "1",
                      .rows = std::move(rows),
                      .values = std::move(values),
                      .colours = is_log(options.scale) ? MapColours::log : MapColours::linear}});
  }
  const auto of = options.layer
                      ? fmt::format(
                            "layer {}, each query head with its key head. Below the map: mean "
                            "over heads with \u00b11 standard error over them.",
                            *options.layer)
                      : "mean over heads. Below the map: mean over layers with \u00b11 standard "
                        "error over them.";
  return frequency_maps_figure(
      "Usage of queries and keys together",
      std::move(files),
      options,
      "\u221a(Nq Nk): geometric mean of the mean norms of queries and keys at each frequency; " +
          of);
}

}  // namespace ww
