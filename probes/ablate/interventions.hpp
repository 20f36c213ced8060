// interventions.hpp: the table of what can be done to some chunks' contribution to a layer's
// scores.
//
// A chunk contributes kappa Re(g e^{-i Delta theta}), g = conj(zq) zk. With psi = arg E g, x = Re(g
// e^{-i psi}) and y = Im(g e^{-i psi}) that is x cos(Delta theta - psi) + y sin(Delta theta - psi):
// through x content scales a tuning curve, through y it moves it. Means are those of the other
// texts.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "probes/ablate/reference.hpp"

namespace ww {

enum class Sides { both, query, key };

/// One text's chunks in one layer, those of the band: n of them.
struct BandView {
  at::Tensor query, key;          // [H, T, n], complex, before rotation; key heads spread
  at::Tensor turn;                // [T, n], complex: e^{i t theta}
  at::Tensor theta;               // [n], rad/token
  Reference reference;            // [H, n]
  int64_t range = 0;              // offsets 0 .. range - 1 over which curves are averaged
  double factor = 1;              // attenuate
  uint64_t seed = 0, stream = 0;  // phase-shuffle: one draw per text, layer, head and side
  Sides sides = Sides::both;
};

/// What stands in place of the contribution: kappa sum_n Re(conj(query) key). Undefined: nothing.
struct Contribution {
  at::Tensor query, key;  // [H, T, m], complex
};

struct InterventionRow {
  const char* name;
  const char* what;
  bool averages;        // over BandView::range
  bool one_side;        // --side query or key makes sense
  bool identity_still;  // changes nothing where theta is 0
  bool identity_polar;  // changes nothing of encodings whose content sets magnitudes alone
  Contribution (*replace)(const BandView&);
};

/// The table. A new intervention is a function and one line in interventions.cpp.
const std::vector<InterventionRow>& interventions();
/// Throws InputError that lists the interventions where `name` is none of them.
const InterventionRow& intervention_row(const std::string& name);

}  // namespace ww
