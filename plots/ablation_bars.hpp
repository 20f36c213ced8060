// ablation_bars.hpp: what interventions cost as bars: a group a target, a colour an intervention,
// the 95 % interval over each, controls of equal size in grey beside it.
#pragma once

#include <string>
#include <vector>

#include "plots/ablation_data.hpp"
#include "plots/axis.hpp"
#include "plots/panels.hpp"

namespace ww {

constexpr Colour kRandomControl = {0xd0, 0xd0, 0xd0}, kMatchedControl = {0x90, 0x90, 0x90};
constexpr double kControlWidth = 0.45;  // of a bar's

/// From the lowest to the highest loss, zero included; nats a token.
struct LossRange {
  double low = 0, high = 0;
  void include(const LossBar& bar);
  void include(const LossPanel& panel);
  void include(const LossRange& other);
  /// With some room beyond what lies off zero.
  Scale scale(double from, double to) const;
};

/// The panel in `box`, its title above and its targets' names below.
void draw_loss_panel(Canvas& canvas,
                     const std::vector<std::string>& interventions,
                     const LossPanel& panel,
                     const Box& box,
                     const LossRange& range);

/// What a mark of one layer tells: `value` may be a control's, the interval is the bar's own.
Meaning loss_meaning(const std::string& what,
                     const std::string& intervention,
                     size_t layer,
                     double value,
                     const LossBar& bar);

/// The interventions' colours, and the controls' where the file has some.
Legend loss_legend(const Ablation& file, double width);

}  // namespace ww
