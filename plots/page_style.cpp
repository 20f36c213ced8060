// The interactive page's own style, beside that of every page of ours.
#include "plots/page.hpp"

namespace ww {

const char* const kPageStyle = R"css(
:root { color-scheme: light dark; --q: #0072b2; --k: #d55e00; --third: #009e73; --mark: #d55e00; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #15181c; --ink: #e8e8e8; --note: #a9b0b8; --rule: #39404a; --link: #7cc1ff;
    --shade: #20252b; --q: #56b4e9; --k: #ff9d4d; --third: #35c79a; --mark: #ffb300; } }
body { max-width: 1680px; }
main { display: grid; gap: 0 2.2rem; grid-template-columns: repeat(12, 1fr); }
section { grid-column: span 6; min-width: 0; }
#layers, #heads, #numbers, #ablation { grid-column: 1 / -1; }
#kernel { grid-row: span 2; }
main:not(:has(#kernel:not([hidden]))) #profile { grid-column: 1 / -1; }
main:not(:has(#losses:not([hidden]))) #shares { grid-column: 1 / -1; }
h2 { margin-top: 1.2rem; }
#controls { position: sticky; top: 0; z-index: 2; background: var(--paper); padding: 0.5rem 0;
  display: flex; flex-wrap: wrap; gap: 0.4rem 1.1rem; border-bottom: 1px solid var(--rule); }
#controls label { font-size: 0.85rem; color: var(--note); display: flex; gap: 0.4rem;
  align-items: center; }
#controls label[hidden] { display: none; }
select { font: inherit; font-size: 0.95rem; padding: 0.25rem 0.4rem; min-height: 2.1rem;
  max-width: 100%; background: var(--shade); color: var(--ink); border: 1px solid var(--rule);
  border-radius: 4px; }
.plots { display: grid; gap: 0.6rem 2rem; grid-template-columns: repeat(2, minmax(0, 1fr)); }
.plots.single { grid-template-columns: minmax(0, 1fr); }
.plot { min-width: 0; } .plot h3 { margin: 0.2rem 0; font-size: 0.95rem; }
.plot svg { display: block; width: 100%; height: auto; touch-action: pan-y; border-radius: 2px; }
.plot svg:focus-visible, select:focus-visible { outline: 3px solid var(--q); outline-offset: 2px; }
.plot text { fill: var(--note); font-size: 11px; font-family: inherit; }
.plot text.label { fill: var(--ink); font-size: 12px; }
.grid { stroke: var(--rule); stroke-width: 1; } .zero { stroke: var(--note); stroke-width: 1; }
.none { fill: #8a8f96; }
.type { fill: #fff; stroke: #111; stroke-width: 1; }
.still { fill: none; stroke: #999; stroke-width: 1.2; }
.plot svg.mark { display: inline-block; width: 0.95em; height: 0.95em; margin-right: 0.3em; vertical-align: -0.1em; }
.chosen { fill: none; } .outer { stroke: #000; stroke-width: 4; }
.inner { stroke: #fff; stroke-width: 1.8; }
.cursor { fill: none; stroke: var(--mark); stroke-width: 2.5; }
.length { stroke: var(--mark); stroke-width: 1.3; stroke-dasharray: 4 3; }
.plot text.length { fill: var(--mark); stroke: none; }
.key { display: inline-block; width: 0.8em; height: 0.8em; margin-right: 0.35em; }
.legend { font-size: 0.85rem; margin: 0.1rem 0 0.4rem; }
.legend > span { display: inline-block; max-width: calc(100% - 0.9em); margin-right: 0.9em;
  overflow-wrap: anywhere; }
#tip { position: fixed; z-index: 3; pointer-events: none; background: var(--ink);
  color: var(--paper); font-size: 0.85rem; line-height: 1.35; padding: 0.3rem 0.55rem;
  border-radius: 4px; max-width: min(20rem, 80vw); white-space: pre-line; visibility: hidden; }
dl { display: grid; gap: 0 2.4rem; margin: 0.4rem 0; font-size: 0.9rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
dl div { display: flex; gap: 1rem; justify-content: space-between; padding: 0.3rem 0;
  border-bottom: 1px solid var(--rule); }
dt { color: var(--note); min-width: 0; overflow-wrap: anywhere; } dd { margin: 0; font-variant-numeric: tabular-nums; white-space: nowrap; }
.parts { display: flex; height: 1.6rem; margin: 0.3rem 0; border-radius: 3px; overflow: hidden; }
@media (max-width: 900px) {
  main { display: block; } .plots { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 600px) {
  dl div { flex-wrap: wrap; } dd { white-space: normal; }
  #controls { gap: 0.3rem 0.6rem; } #controls label { flex: 1 1 40%; font-size: 0.8rem;
    min-width: 0; } #controls select { flex: 1; min-width: 0; } .help { display: none; } }
@media (min-width: 1600px) { body { font-size: 18px; } }
@media print { #controls { position: static; } }
)css";

}  // namespace ww
