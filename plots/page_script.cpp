// The interactive page's script: the data, what can be shown, where frequencies stand, tips.
// Names of variables are the file's; null is a missing value.
#include "plots/page.hpp"

namespace ww {

const char* const kPageScript = R"js(
'use strict';
const data = JSON.parse(document.getElementById('data').textContent);
const V = data.variables, byId = id => document.getElementById(id);
const [L, F] = V.theta.shape;
const H = (V['per_head/query_norm_mean'] || { shape: [0, 1] }).shape[1];
const K = (V['per_head/key_norm_mean'] || { shape: [0, 1] }).shape[1];
const state = { layer: 0, head: 0, measure: 'norms', axis: 'wavelength', scale: 'linear', control: '' };
const at = (name, ...place) => V[name].values[place.reduce((i, p, d) => i * V[name].shape[d] + p, 0)];
const isNumber = x => x !== null && Number.isFinite(x);
const short = x => !isNumber(x) ? 'no value' : x === 0 ? '0' :
  Math.abs(x) >= 1e5 || Math.abs(x) < 1e-3 ? x.toExponential(2) : String(Number(x.toPrecision(4)));
const escape = s => String(s).replace(/[&<>"]/g, c => `&#${c.charCodeAt(0)};`);
const legendOf = entries => entries.map(([name, background]) =>
  `<span><span class="key" style="background:${background}"></span>${escape(name)}</span> `).join('');
const range = n => Array.from({ length: n }, (_, i) => i);
const wavelength = (l, f) => {
  const theta = at('theta', l, f);
  return theta === null ? null : 2 * Math.PI / theta;
};
const lengthText = w => w === null ? '' :
  w === Infinity ? '\u03b8 = 0' : `wavelength ${Math.round(w * 10) / 10} tokens`;
const ofHead = k => K ? Math.floor(k * K / H) : 0;
const isStill = l => Boolean(V.pe_enabled) && at('pe_enabled', l) === 0;
const controls = data.strings['control/control'] || [];

/* A head's type: the largest of its parts over the longest range of offsets. */
const ofPair = (name, l, h) => V[name].dims.length === 2 ? at(name, l, h) : at(name, V[name].shape[0] - 1, l, h);
const hasTypes = data.parts.every(part => V[part.variable]);
function typeOf(l, h) {
  if (!hasTypes) return null;
  const shares = data.parts.map(part => ofPair(part.variable, l, h));
  return shares.every(isNumber) ? data.parts[shares.indexOf(Math.max(...shares))] : null;
}
const typeMark = (part, x, y, size) => part.outline.length ?
  `<polygon class="type" points="${part.outline.map(([a, b]) => `${(x + a * size).toFixed(1)},${(y + b * size).toFixed(1)}`).join(' ')}"/>` :
  `<circle class="type" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${size.toFixed(1)}"/>`;
function typeLegend() {
  const found = range(L).flatMap(l => range(H).map(h => typeOf(l, h)));
  return data.parts.map(part => `<span><svg class="mark" viewBox="-7 -7 14 14">${typeMark(part, 0, 0, 5)}</svg>` +
    `${escape(part.name)} ${found.filter(type => type === part).length}</span> `).join('');
}

/* What a map can show: value by layer, and by head of a layer. */
const norms = side => ({
  title: side === 'query' ? 'Queries: mean norm' : 'Keys: mean norm',
  byLayer: (l, f) => at(side + '_norm_mean', l, f),
  heads: side === 'query' ? H : K, rowName: side === 'query' ? 'head' : 'key head',
  byHead: V[`per_head/${side}_norm_mean`] && ((l, h, f) => at(`per_head/${side}_norm_mean`, l, h, f)),
});
const meanOverHeads = name => (l, f) => {
  const values = range(V[name].shape[1]).map(h => at(name, l, h, f)).filter(isNumber);
  return values.length ? values.reduce((a, b) => a + b, 0) / values.length : null;
};
const measures = { norms: { name: 'mean norms', maps: [norms('query'), norms('key')] } };
for (const [name, v] of Object.entries(V)) {
  const dims = v.dims.join();
  if (name.startsWith('per_head/') && name.endsWith('norm_mean')) continue;
  if (dims !== 'layer,head,frequency' && dims !== 'layer,kv_head,frequency') continue;
  measures[name] = { name: v.long_name, maps: [{
    title: v.long_name + (v.units === '1' ? '' : ` [${v.units}]`), byLayer: meanOverHeads(name),
    heads: v.shape[1], rowName: v.dims[1] === 'head' ? 'head' : 'key head',
    byHead: (l, h, f) => at(name, l, h, f) }] };
}

/* Where frequencies stand: spans [from, to] within 0..1; theta = 0 in a strip at the right. */
const strip = range(L).some(l => range(F).some(f => wavelength(l, f) === Infinity)) ? 0.07 : 0;
function edges(l) {
  const order = range(F).filter(f => isNumber(wavelength(l, f)))
    .sort((a, b) => wavelength(l, a) - wavelength(l, b));
  const logs = order.map(f => Math.log(wavelength(l, f)));
  const between = logs.slice(1).map((x, i) => (x + logs[i]) / 2);
  const n = logs.length, step = n > 1 ? (logs[n - 1] - logs[0]) / (n - 1) : 1;
  return { order, cuts: n ? [logs[0] - step / 2, ...between, logs[n - 1] + step / 2] : [] };
}
const domain = range(L).map(edges).filter(e => e.cuts.length).reduce(
  ([a, b], e) => [Math.min(a, e.cuts[0]), Math.max(b, e.cuts.at(-1))], [Infinity, -Infinity]);
const place = w => (Math.log(w) - domain[0]) / (domain[1] - domain[0]) * (1 - strip - (strip ? 0.02 : 0));
/* By index, what has theta = 0 in every layer stands apart too. */
const apart = range(F).filter(f => {
  const lengths = range(L).map(l => wavelength(l, f)).filter(w => w !== null);
  return lengths.length > 0 && lengths.every(w => w === Infinity);
});
const turning = range(F).filter(f => !apart.includes(f));
const gap = apart.length && turning.length ? 0.02 : 0, mainShare = (1 - gap) * turning.length / F;
const byIndex = range(F).map(f => {
  const from = turning.includes(f) ? turning.indexOf(f) * (1 - gap) / F : mainShare + gap + apart.indexOf(f) * (1 - gap) / F;
  return [from, from + (1 - gap) / F];
});
function spans(l) {
  if (state.axis === 'index') return byIndex;
  const result = Array(F).fill(null), { order, cuts } = edges(l);
  order.forEach((f, i) => { result[f] = [place(Math.exp(cuts[i])), place(Math.exp(cuts[i + 1]))]; });
  const still = range(F).filter(f => wavelength(l, f) === Infinity);
  still.forEach((f, i) => {
    result[f] = [1 - strip + strip * i / still.length, 1 - strip + strip * (i + 1) / still.length];
  });
  return result;
}

/* Ticks. */
function ticks(low, high, count) {
  const raw = (high - low) / count, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(m => m * power).find(s => s >= raw * 0.7);
  const first = Math.ceil(low / step - 1e-9);
  return range(Math.max(0, Math.floor(high / step + 1e-9) - first + 1)).map(i => (first + i) * step);
}
const decades = (low, high) => range(12).map(i => 10 ** i).filter(x => x >= low && x <= high);

/* Tips beside the pointer, or beside the cursor of the keyboard. */
const tip = byId('tip');
function showTip(text, x, y) {
  if (tip.textContent !== text) tip.textContent = text;
  const box = tip.getBoundingClientRect();
  tip.style.left = Math.max(4, Math.min(x + 14, innerWidth - box.width - 6)) + 'px';
  tip.style.top = (y - box.height - 14 > 0 ? y - box.height - 14 : y + 22) + 'px';
  tip.style.visibility = 'visible';
}
const hideTip = () => { tip.style.visibility = 'hidden'; };

/* A plot keeps its place between drawings, so that the keyboard's focus stays. */
function plotIn(section, key) {
  const parent = byId(section).querySelector('.plots');
  let plot = parent.querySelector(`[data-key="${key}"]`);
  if (plot) return plot;
  plot = document.createElement('div');
  plot.className = 'plot'; plot.dataset.key = key;
  plot.innerHTML = '<h3></h3><p class="legend"></p><svg></svg>';
  parent.append(plot);
  return plot;
}
function frame(plot, title, legend, height, label, draw) {
  const zoom = innerWidth >= 1600 ? 1.3 : 1;  // a projector is read from afar
  const width = Math.max(240, plot.clientWidth / zoom), svg = plot.querySelector(':scope > svg');
  plot.querySelector('h3').textContent = title;
  plot.querySelector('.legend').innerHTML = legend;
  plot.querySelector('.legend').hidden = !legend;
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.setAttribute('aria-label', label);
  svg.innerHTML = draw(width);
  return svg;
}
const text = (x, y, words, anchor = 'middle', kind = '') =>
  `<text class="${kind}" x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escape(words)}</text>`;
const hatch = (x, y, wide, high) => {
  let path = '';
  for (let from = -high + 7; from < wide; from += 7) {
    const a = Math.max(0, -from), b = Math.min(high, wide - from);
    path += `M${(x + from + a).toFixed(1)} ${(y + high - a).toFixed(1)}L${(x + from + b).toFixed(1)} ${(y + high - b).toFixed(1)}`;
  }
  return `<path class="still" d="${path}"/>`;
};
const line = (x1, y1, x2, y2, kind) => `<line class="${kind}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;
)js";

}  // namespace ww
