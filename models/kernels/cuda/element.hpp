// element.hpp: the two 16-bit formats that tensor cores multiply.
#pragma once

namespace ww::kernels {

/// bfloat16: 8 bits of exponent, 8 of precision. float16: 5 and 11; small gradients vanish in it
/// unless the loss is scaled.
enum class Element { bfloat16, float16 };

}  // namespace ww::kernels
