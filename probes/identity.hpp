// identity.hpp: what a probe file says of the model, the texts and the program that made it.
#pragma once

#include "probes/h5/probe_file.hpp"
#include "probes/probe.hpp"
#include "probes/selfcheck.hpp"
#include "probes/statistics.hpp"

namespace ww {

/// The root's attributes; train_length in tokens, 0: unknown.
void add_identity(ProbeFile& file,
                  const ProbeOptions& options,
                  const Loaded& loaded,
                  const Inputs& inputs,
                  int64_t train_length);

/// What a probe's checks of itself found, beside the layers' logit errors.
struct SelfCheck {
  LayoutVote vote;
  std::vector<LeftOut> left_out;
};

/// /provenance: configuration, command, versions, what the self-check measured, stored types.
void add_provenance(ProbeFile& file,
                    const ProbeOptions& options,
                    const Loaded& loaded,
                    const Inputs& inputs,
                    const Statistics& statistics,
                    const SelfCheck& found);

}  // namespace ww
