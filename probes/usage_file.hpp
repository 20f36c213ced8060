// usage_file.hpp: a capture as the variables of an HDF5 file.
#pragma once

#include "probes/capture.hpp"
#include "probes/h5/probe_file.hpp"

namespace ww {

/// Root, /per_head and /per_text: coordinates, frequencies, norms with errors, moments.
void add_usage(ProbeFile& file,
               const Decoder& model,
               const Inputs& inputs,
               const Capture& capture,
               Averaging averaging);

}  // namespace ww
