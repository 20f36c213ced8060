// gguf_rope.hpp: how a GGUF file says at which frequencies its layers turn.
#pragma once

#include "models/formats/gguf_keys.hpp"
#include "models/formats/weights.hpp"

namespace ww {

/// Fills in the model's ropes, and which layer has which, by metadata and the tensors of factors,
/// which are taken from the weights. Throws InputError for a scaling that is not supported.
void set_gguf_frequencies(SourceModel& source, const GgufKeys& keys);

}  // namespace ww
