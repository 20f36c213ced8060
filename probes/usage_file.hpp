// usage_file.hpp: usage as the variables of an HDF5 file.
#pragma once

#include "probes/h5/probe_file.hpp"
#include "probes/statistics.hpp"

namespace ww {

/// Root, /per_head and /per_text: coordinates, frequencies, norms with errors, moments.
void add_usage(ProbeFile& file,
               const Decoder& model,
               const Inputs& inputs,
               const Statistics& statistics,
               Averaging averaging);

}  // namespace ww
