// quadrature.hpp: where content and position are entangled: the quadrature share Q of each head
// (what content adds by moving a tuning curve along the offset), with a mark for the largest part
// of the head's scores, and Q of each layer beside it, controls included.
//
//   title
//            Q of each head                Q of each layer
//   layer    +------------------+  ##  .3  |   o
//     0      | @   []   <>      |  ##  .2  |  |-o-|
//     1      |                  |  ##  .1  | o
//            +------------------+          +----------
//            0  1  2  3 head               0   .1   .2
//   @ where  [] what  /\ in-phase  <> quadrature
#pragma once

#include "plots/figures.hpp"

namespace ww {

/// Of each file the longest offset range. The variables named in the table must be there.
Figure quadrature_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options);

}  // namespace ww
