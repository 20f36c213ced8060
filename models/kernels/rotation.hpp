// rotation.hpp: how queries and keys turn before their products, in the words of the kernels.
//
//   none    E = D    features as they are
//   pairs   E = D    z_c = x_c + i x_{c + D/2} turned by angle_c, c < D/2
//   polar   E = 2D   (mu_c cos, mu_c sin) of angle_c, mu = magnitude(x_c), c < D
#pragma once

namespace ww::kernels {

enum class Kind { none, pairs, polar };
enum class Magnitude { softplus, relu, identity };

}  // namespace ww::kernels
