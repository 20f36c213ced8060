// refusal.hpp: how the operators refuse what they are given: a sentence in a RuntimeError.
#pragma once

#include <c10/util/Exception.h>

#define WW_CHECK(holds, ...) TORCH_CHECK(holds, "whatwhere::attention: ", __VA_ARGS__)
