// quadrature.hpp: where content and position are entangled: the quadrature share Q of each head
// (what content adds by moving a tuning curve along the offset), with a mark for the largest part
// of the head's scores; Q of each layer beside it, controls included, and against the range of
// offsets; beneath, each frequency's part of Q and its phase concentration R.
//
//   title
//            Q of each head                Q of each layer     Q by range
//   layer    +------------------+  ##  .3  |   o               |   __--
//     0      | @   []   <>      |  ##  .2  |  |-o-|            | --__
//     1      |                  |  ##  .1  | o                 |     --
//            +------------------+          +----------         +--------
//            0  1  2  3 head               0   .1   .2         16 64 180
//            part of Q by frequency        R by frequency
//   layer    +----------------------+  ##  +----------------------+  ##
//     0      |                      |  ##  |                      |  ##
//            +----------------------+  ##  +----------------------+  ##
//   @ where  [] what  /\ in-phase  <> quadrature
#pragma once

#include "plots/figures.hpp"

namespace ww {

/// Of each file the longest offset range. The variables named in the table must be there.
Figure quadrature_figure(const std::vector<NamedProbe>& probes, const FigureOptions& options);

}  // namespace ww
