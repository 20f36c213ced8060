// edit.hpp: an intervention on some chunks of some heads as the change of a layer's scores.
#pragma once

#include "probes/ablate/interventions.hpp"
#include "probes/walk.hpp"

namespace ww {

/// What is done, everywhere it is done.
struct Intervention {
  const InterventionRow* row = nullptr;
  Sides sides = Sides::both;
  double factor = 0;  // attenuate
  uint64_t seed = 1;  // phase-shuffle
};

/// Where.
struct Target {
  int64_t layer = -1;           // -1: every layer
  std::vector<int64_t> chunks;  // empty: every one
  int64_t head = -1;            // -1: every one
};

/// What an edit needs of a clean pass over the same texts.
struct CleanPass {
  const Decoder& model;
  const References& references;
  int64_t range = 0;  // curves are averaged over offsets 0 .. range - 1
};

/// Edits scores where `target` says; pairs with position 0 keep theirs. The clean pass must outlive
/// the editor.
ScoreEditor make_editor(const CleanPass& clean,
                        const Intervention& intervention,
                        const Target& target);

}  // namespace ww
