// plan.hpp: which passes an ablation makes.
#pragma once

#include "probes/ablate/ablate.hpp"
#include "probes/ablate/bands.hpp"
#include "probes/ablate/edit.hpp"

namespace ww {

/// One band of one layer.
struct Cell {
  int64_t layer = 0, band = 0;
};

struct Plan {
  std::vector<Intervention> interventions;
  std::vector<Band> bands;
  std::vector<Cell> cells;      // by layer
  std::vector<int64_t> layers;  // one by one, for the heads
  int64_t controls = 0;         // random sets of chunks beside each cell
  bool heads = false;

  /// Passes over the texts.
  int64_t passes(int64_t heads_of_a_layer) const;
};

/// Throws InputError for what the model has not. Bands are those of layer 0's frequencies.
Plan make_plan(const AblateOptions& options, const Decoder& model);

/// Keeps the cells on which a gate weighs most: gradient [L, H, F].
void screen(Plan& plan, const at::Tensor& gradient, int64_t most);

}  // namespace ww
