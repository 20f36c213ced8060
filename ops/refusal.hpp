// refusal.hpp: how the operators refuse what they are given: a sentence in a RuntimeError.
#pragma once

#include <c10/util/Exception.h>

#include "base/check.hpp"

#define WW_CHECK(holds, ...) TORCH_CHECK(holds, "whatwhere::attention: ", __VA_ARGS__)

namespace ww::ops {

/// What `work` gives; an InputError of it, which Python would see as a ValueError, as c10::Error.
template <typename Work>
auto in_torch_words(const Work& work) {
  try {
    return work();
  } catch (const InputError& refused) {
    TORCH_CHECK(false, refused.what());
  }
}

}  // namespace ww::ops
