// The interactive page's script: the sections, and what happens when something is chosen.
// Names of variables are the file's; null is a missing value.
#include "plots/page.hpp"

namespace ww {

const char* const kPageScriptSections = R"js(
/* The sections. */
const limits = values => {
  const known = values.filter(isNumber), positive = known.filter(v => v > 0);
  return { low: state.scale === 'log' && positive.length ? Math.min(...positive) : Math.min(...known),
    high: Math.max(...known) };
};
function drawLayers() {
  const { maps } = measures[state.measure];
  byId('layers').querySelector('.plots').classList.toggle('single', maps.length === 1);
  const values = maps.flatMap(m => range(L).flatMap(l => range(F).map(f => m.byLayer(l, f))));
  maps.forEach((m, i) => heat('layers', i, {
    ...limits(values), title: m.title, rows: L, rowName: 'layer', spans: spans, whole: true,
    label: `${m.title} by layer and frequency. Arrows move, Enter chooses the layer.`,
    value: (l, f) => m.byLayer(l, f), chosen: l => l === state.layer, choose: l => choose({ layer: l }), still: isStill,
    tell: (l, f) => `${m.title}, layer ${l}, frequency ${f}\n${lengthText(wavelength(l, f))}\n${short(m.byLayer(l, f))}`,
    axis: frequencyAxis(0) }));
  trim('layers', maps.length);
}
function drawHeads() {
  const maps = measures[state.measure].maps.filter(m => m.byHead), l = state.layer;
  byId('heads').hidden = !maps.length;
  byId('heads-title').textContent = `Heads of layer ${l}`;
  byId('heads').querySelector('.plots').classList.toggle('single', maps.length === 1);
  const values = maps.flatMap(m => range(m.heads).flatMap(h => range(F).map(f => m.byHead(l, h, f))));
  maps.forEach((m, i) => heat('heads', i, {
    ...limits(values), title: m.title, rows: m.heads, rowName: m.rowName, spans: () => spans(l),
    tall: 26 * H / m.heads, whole: true, still: () => isStill(l),
    label: `${m.title} by ${m.rowName} and frequency. Arrows move, Enter chooses the head.`,
    value: (h, f) => m.byHead(l, h, f),
    chosen: h => h === (m.heads === H ? state.head : ofHead(state.head)),
    choose: h => choose({ head: m.heads === H ? h : Math.floor(h * H / m.heads) }),
    tell: (h, f) => `${m.title}, ${m.rowName} ${h}, frequency ${f}\n${lengthText(wavelength(l, f))}\n${short(m.byHead(l, h, f))}`,
    axis: frequencyAxis(l) }));
  trim('heads', maps.length);
}
function drawProfile() {
  const l = state.layer, h = state.head, per = V['per_head/query_norm_mean'] && V['per_head/key_norm_mean'];
  byId('profile-title').textContent = per ? `Usage of layer ${l}, head ${h}` : `Usage of layer ${l}`;
  const where = spans(l), points = (value, error) => range(F).filter(f => where[f]).map(f =>
    [(where[f][0] + where[f][1]) / 2, value(f), `frequency ${f}, ${lengthText(wavelength(l, f))}`, error && error(f), null, wavelength(l, f) === Infinity]);
  const mean = (side, colour) => {
    const error = V[side + '_norm_se'];
    return { name: `${side === 'query' ? 'queries' : 'keys'}, mean of heads${error ? ' \u00b1 standard error' : ''}`, colour, dash: '4 4',
      points: points(f => at(side + '_norm_mean', l, f), error && (f => at(side + '_norm_se', l, f))) };
  };
  const series = [mean('query', 'var(--q)'), mean('key', 'var(--k)')], beside = controls.indexOf(state.control);
  for (const [side, name, colour] of [['query', 'queries', 'var(--q)'], ['key', 'keys', 'var(--k)']]) {
    const variable = `control/${side}_norm_mean`;
    if (beside >= 0 && V[variable]) series.push({ name: `${name} under ${state.control}`, colour, dash: '1 4',
      points: points(f => at(variable, beside, l, f)) });
  }
  if (per) series.unshift(
    { name: 'queries', colour: 'var(--q)', points: points(f => at('per_head/query_norm_mean', l, h, f)) },
    { name: `keys of key head ${ofHead(h)}`, colour: 'var(--k)', points: points(f => at('per_head/key_norm_mean', l, ofHead(h), f)) });
  byId('profile').querySelector('.plots').classList.add('single');
  lines('profile', 'norms', { title: 'Mean norm', series, zero: true, axis: frequencyAxis(l),
    label: `Mean norms of layer ${l}, head ${h} over the frequency. Arrows move between points.` });
}
function drawKernel() {
  byId('kernel').hidden = !V['metrics/kernel'];
  byId('kernel').querySelector('.plots').classList.add('single');
  byId('kernel-title').textContent = `Score over the offset, layer ${state.layer}, head ${state.head}`;
  for (const [name, title, colour] of [['metrics/kernel', 'K: mean score, contents paired freely', 'var(--q)'],
    ['metrics/slash', 'Mean attention', 'var(--third)']]) {
    if (!V[name]) continue;
    const lags = V.lag ? V.lag.values : range(V[name].shape[2]), last = Math.log1p(lags.at(-1));
    const runs = [];  // of offsets one apart: between others the curve is not known
    lags.forEach((d, i) => runs.push(i && d - lags[i - 1] === 1 ? runs[i - 1] : i));
    const note = runs.at(-1) ? `beyond offset ${lags[runs.find(r => r) - 1]} only the offsets of the dots are known` : '';
    const axis = (x, y) => [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512].filter(d => d <= lags.at(-1))
      .map(d => text(x(Math.log1p(d) / last), y + 14, d)).join('') + text(x(0.5), y + 31, 'offset (tokens)', 'middle', 'label');
    lines('kernel', name, { title, note, zero: name === 'metrics/slash', axis, label: `${title} over the offset`,
      series: [{ name: `head ${state.head}`, colour, points: lags.map((d, i) =>
        [Math.log1p(d) / last, at(name, state.layer, state.head, i), `offset ${d}`, undefined, undefined, runs[i]]) }] });
  }
}
const scalars = Object.keys(V).filter(name =>
  ['layer,head', 'offset_range,layer,head'].includes(V[name].dims.join()));
function drawQuadrature() {
  byId('quadrature').hidden = !scalars.length;
  if (!scalars.length) return;
  const menu = byId('pair'), name = menu.value, values = range(L).flatMap(l => range(H).map(h => ofPair(name, l, h)));
  byId('quadrature').querySelector('.plots').classList.add('single');
  heat('quadrature', 'pairs', { ...limits(values), title: '', rows: L, rowName: 'layer', tall: 30,
    spans: () => range(H).map(h => [h / H, (h + 1) / H]), value: (l, h) => ofPair(name, l, h),
    label: `${V[name].long_name} by layer and head. Arrows move, Enter chooses layer and head.`,
    chosen: (l, h) => l === state.layer && h === state.head, choose: (l, h) => choose({ layer: l, head: h }),
    tell: (l, h) => `layer ${l}, head ${h}\n${V[name].long_name}: ${short(ofPair(name, l, h))}` +
      (typeOf(l, h) ? `\nlargest part: ${typeOf(l, h).name}` : ''),
    still: isStill, type: hasTypes ? typeOf : null, legend: hasTypes ? 'largest part: ' + typeLegend() : '',
    axis: (x, y, width) => {
      const stride = [1, 2, 5, 10].find(s => width / H * s >= 20) || 20;
      return range(H).filter(h => h % stride === 0).map(h => text(x((h + 0.5) / H), y + 14, h)).join('') +
        text(x(0.5), y + 30, 'head', 'middle', 'label');
    } });
}
/* Q of each layer with its error, beside the controls'. */
function drawShares() {
  byId('shares').hidden = !V.quadrature_share;
  if (!V.quadrature_share) return;
  byId('shares').querySelector('.plots').classList.add('single');
  const points = (value, error) => range(L).map(l => [(l + 0.5) / L, value(l), `layer ${l}`, error && error(l), { layer: l }]);
  const se = V.quadrature_share_se;
  const series = [{ name: `the model${se ? ' \u00b1 standard error' : ''}`, colour: 'var(--q)',
    points: points(l => at('quadrature_share', l), se && (l => at('quadrature_share_se', l))) }];
  if (V['control/quadrature_share']) controls.forEach((name, c) => {
    const shares = points(l => at('control/quadrature_share', c, l));
    if (shares.some(p => isNumber(p[1]))) series.push({ name, colour: colours[1 + c % 9], dash: '4 4', points: shares });
  });
  const axis = (x, y, width) => {
    const stride = [1, 2, 5, 10].find(s => width / L * s >= 20) || 20;
    return range(L).filter(l => l % stride === 0).map(l => text(x((l + 0.5) / L), y + 14, l)).join('') +
      text(x(0.5), y + 31, 'layer', 'middle', 'label');
  };
  lines('shares', 'shares', { title: 'Q of the layer: sums over heads', series, zero: true, axis,
    label: 'Quadrature share by layer. Arrows move between points, Enter chooses the layer.' });
}
function drawLosses() {
  byId('losses').hidden = !V['control/loss'] || !controls.length;
  if (byId('losses').hidden) return;
  byId('losses').querySelector('.plots').classList.add('single');
  const all = [['the model', data.loss, 'var(--q)'], ...controls.map((name, c) => [name, at('control/loss', c), colours[1 + c % 9]])]
    .filter(([, value]) => isNumber(value));  // value vectors have no loss of their own
  bars('losses', 'loss', 'Mean cross-entropy [nat/prediction]', all.map(([name, value, colour]) => ({ name, bars: [{ name, colour, value }] })));
}
const parts = [['where', 'where', '#0072b2'], ['what', 'what', '#009e73'], ['inphase', 'in-phase', '#e69f00'],
  ['quadrature', 'quadrature', '#d55e00'], ['cross', 'cross', '#888888']].filter(([name]) => V['metrics/share_' + name]);
function drawNumbers() {
  const box = byId('numbers').querySelector('.plots'), { layer, head } = state;
  byId('numbers').hidden = !scalars.length && !headLosses().length;
  const type = typeOf(layer, head);
  byId('numbers-title').textContent = `Numbers of layer ${layer}, head ${head}` + (type ? `; largest part: ${type.name}` : '');
  box.classList.add('single');
  let out = '';
  if (parts.length) {
    const share = name => ofPair('metrics/share_' + name, layer, head) || 0;
    out += `<div class="parts" role="img" aria-label="Parts of the variance of the scores">` + parts.map(([name, , colour]) =>
      `<div style="background:${colour};flex:${Math.max(0, share(name))} 0 0"></div>`).join('') + '</div><p class="legend">' +
      legendOf(parts.map(([name, words, colour]) => [`${words} ${short(share(name))}`, colour])) + '</p>';
    const less = parts.filter(([name]) => share(name) < 0).map(([, words]) => words);
    if (less.length) out += `<p class="legend">The bar shows the positive parts over their sum: ${less.join(' and ')} below 0.</p>`;
  }
  const shown = scalars.filter(name => !parts.some(([part]) => name === 'metrics/share_' + part));
  out += '<dl>' + shown.map(name => `<div><dt>${escape(V[name].long_name)}</dt>` +
    `<dd>${short(ofPair(name, layer, head))}${V[name].units === '1' || !isNumber(ofPair(name, layer, head)) ? '' : ' ' + escape(V[name].units)}</dd></div>`).join('') +
    headLosses().map(({ name, value }) => `<div><dt>loss added by ${escape(name)} in this head alone</dt><dd>${short(value(layer, head))}` +
      `${isNumber(value(layer, head)) ? ' nat/prediction' : ''}</dd></div>`).join('') + '</dl>';
  box.innerHTML = out;
}
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#888888', '#7570b3', '#999933', '#882255'];
/* Groups of {name, bars: [{name, colour, value, low, high}]}; a group that chooses something is pointed at over
   its whole height, and of such groups only as many are named as have room. */
function bars(section, key, title, groups, axis = '') {
  const plot = plotIn(section, key), left = 56, height = 170, below = 26;
  const all = groups.flatMap(g => g.bars.flatMap(b => [b.value, b.low, b.high])).filter(isNumber);
  const low = Math.min(0, ...all), high = Math.max(0, ...all), span = (high - low) || 1;
  let cells = [];
  const few = data.few_texts && groups.some(g => g.bars.some(b => isNumber(b.low)));
  const svg = frame(plot, title, few ? `<span>${data.few_texts}</span>` : '', height + below + (axis ? 22 : 10), title, w => {
    const width = w - left - 10, y = v => 6 + (high + span * 0.04 - v) / (span * 1.08) * height;
    let out = '';
    cells = [];
    for (const v of ticks(low, high, 4)) out += line(left, y(v), left + width, y(v), 'grid') + text(left - 6, y(v) + 4, short(v), 'end');
    groups.forEach((g, i) => {
      const each = width / groups.length, n = g.bars.length, wide = Math.min(34, each * 0.8 / n);
      g.bars.forEach((b, j) => {
        const x = left + (i + 0.5) * each + (j - n / 2) * wide;
        if (!isNumber(b.value)) return;
        out += `<rect x="${x}" y="${y(Math.max(0, b.value))}" width="${wide * 0.86}" height="${Math.abs(y(b.value) - y(0))}" fill="${b.colour}"/>`;
        if (isNumber(b.low) && isNumber(b.high)) out += line(x + wide * 0.43, y(b.low), x + wide * 0.43, y(b.high), 'zero');
        cells.push({ r: i, c: j, x, wide: wide * 0.86, chosen: g.chosen,
          y: g.chosen ? 6 : Math.min(y(0), y(b.value)) - 3, high: g.chosen ? height : Math.abs(y(b.value) - y(0)) + 6,
          tell: `${g.tell || b.name + (g.name === b.name ? '' : ', ' + g.name)}\n${short(b.value)} nat/prediction` +
            (isNumber(b.low) ? `\n95 %: ${short(b.low)} to ${short(b.high)}` : '') });
      });
      const stride = g.chosen ? [1, 2, 5, 10].find(s => each * s >= 20) || 20 : 1;
      if (i % stride === 0) out += text(left + (i + 0.5) * each, height + 22, g.name);
    });
    if (axis) out += text(left + width / 2, height + 40, axis, 'middle', 'label');
    return out + line(left, y(0), left + width, y(0), 'zero') + '<rect class="cursor" visibility="hidden"/>';
  });
  interact(svg, () => cells, cell => cell.tell, cell => { if (cell.chosen) choose(cell.chosen); });
}
const interventions = data.strings['ablation/intervention'] || [];
const lossOf = (name, ...place) => V['ablation/' + name] ? at('ablation/' + name, ...place) : null;
/* The interventions that were run on single heads. */
const headLosses = () => interventions.map((name, i) => ({ name, value: (l, h) => lossOf('delta_loss_head', i, l, h) }))
  .filter(({ value }) => range(L).some(l => range(H).some(h => isNumber(value(l, h)))));
const lossBar = (name, i, ...place) => ({ name, colour: colours[i % 10], value: lossOf('delta_loss', i, ...place),
  low: lossOf('delta_loss_ci_low', i, ...place), high: lossOf('delta_loss_ci_high', i, ...place) });
/* A map of losses by layer and column; a click on it chooses. */
function lossMap(key, title, names, columnName, value, choice) {
  const most = Math.max(0, ...range(L).flatMap(l => range(names.length).map(c => value(l, c))).filter(isNumber).map(Math.abs)) || 1;
  heat('ablation', key, { title, rows: L, rowName: 'layer', low: -most, high: most, signed: true, value,
    spans: () => range(names.length).map(c => [c / names.length, (c + 1) / names.length]),
    label: `${title}. Arrows move, Enter chooses.`, legend: '<span>red: the loss grows; grey: not run</span>',
    chosen: (l, c) => l === state.layer && (columnName !== 'head' || c === state.head), choose: (l, c) => choose(choice(l, c)),
    whole: columnName !== 'head',
    tell: (l, c) => `layer ${l}, ${columnName} ${names[c]}\n${short(value(l, c))} nat/prediction`,
    axis: (x, y, width) => {
      const stride = [1, 2, 5, 10].find(s => width / names.length * s >= Math.max(...names.map(n => String(n).length)) * 6 + 6) || 20;
      return names.map((n, c) => c % stride ? '' : text(x((c + 0.5) / names.length), y + 14, n)).join('') +
        text(x(0.5), y + 30, columnName === 'head' ? 'head' : 'band of wavelengths (tokens)', 'middle', 'label');
    } });
}
const bound = x => x === null ? '' : x < 10 ? x.toFixed(1) : Math.round(x);
const bandNames = () => range(V['ablation/delta_loss'].shape[2]).map(b => V['ablation/band_wavelength_low'] ?
  `${bound(lossOf('band_wavelength_low', b))}\u2013${bound(lossOf('band_wavelength_high', b))}` : String(b));
/* Of one layer by band, where there are several. */
function drawBands(l) {
  bars('ablation', 'bands', `Loss added in layer ${l}, by band of wavelengths (tokens) [nat/prediction]`, bandNames().map((name, b) => ({
    name, bars: interventions.map((of, i) => lossBar(of, i, l, b)) })));
  const legend = plotIn('ablation', 'bands').querySelector('.legend');
  legend.hidden = false;
  legend.innerHTML = legendOf(interventions.map((name, i) => [name, colours[i % 10]])) + legend.innerHTML;
}
/* One intervention layer by layer: bars of the only band, or a map of several. */
function drawLossByLayer(name, i) {
  const bands = bandNames(), value = (l, b) => lossOf('delta_loss', i, l, b);
  if (!range(L).some(l => bands.some((_, b) => isNumber(value(l, b))))) return;
  const title = `Loss added by ${name}, by layer${bands.length > 1 ? ' and band' : ''} [nat/prediction]`;
  if (bands.length > 1) return lossMap(`layers${i}`, title, bands, 'band', value, l => ({ layer: l }));
  bars('ablation', `layers${i}`, title, range(L).map(l => ({
    name: String(l), tell: `${name}, layer ${l}`, chosen: { layer: l }, bars: [lossBar(name, i, l, 0)] })), 'layer');
}
function drawAblation() {
  byId('ablation').hidden = !interventions.length;
  if (V['ablation/total_delta_loss']) bars('ablation', 'total', 'Loss added, all layers at once [nat/prediction]', interventions.map((name, i) => ({ name, bars: [{
    name, colour: colours[i % 10], value: lossOf('total_delta_loss', i), low: lossOf('total_delta_loss_ci_low', i), high: lossOf('total_delta_loss_ci_high', i) }] })));
  if (V['ablation/delta_loss'] && V['ablation/delta_loss'].shape[2] > 1) drawBands(state.layer);
  const ofHeads = headLosses();
  interventions.forEach((name, i) => {
    if (V['ablation/delta_loss']) drawLossByLayer(name, i);
    const heads = ofHeads.find(of => of.name === name);
    if (heads) lossMap(`heads${i}`, `Loss added by ${name}, by head [nat/prediction]`, range(H), 'head', heads.value, (l, h) => ({ layer: l, head: h }));
  });
}
function trim(section, count) {
  byId(section).querySelectorAll('.plot').forEach(plot => { if (Number(plot.dataset.key) >= count) plot.remove(); });
}

/* Choosing. What takes a whole row where another is hidden comes after it. */
function drawAll() {
  hideTip();
  drawLayers(); drawHeads(); drawKernel(); drawProfile(); drawQuadrature(); drawLosses(); drawShares(); drawNumbers(); drawAblation();
}
function choose(change) {
  Object.assign(state, change);
  for (const name of ['layer', 'head', 'measure', 'axis', 'scale', 'control']) byId(name).value = state[name];
  drawAll();
}
const fill = (id, entries) => { byId(id).innerHTML = entries.map(([value, name]) => `<option value="${escape(value)}">${escape(name)}</option>`).join(''); };
fill('layer', range(L).map(l => [l, l]));
fill('head', range(H).map(h => [h, h]));
fill('measure', Object.entries(measures).map(([key, m]) => [key, m.name]));
byId('measure').parentElement.hidden = Object.keys(measures).length === 1;
for (const id of ['layer', 'head']) byId(id).onchange = () => choose({ [id]: Number(byId(id).value) });
fill('control', [['', 'no control'], ...controls.map(name => [name, name])]);
byId('control').parentElement.hidden = !controls.length;
for (const id of ['measure', 'axis', 'scale', 'control']) byId(id).onchange = () => choose({ [id]: byId(id).value });
if (scalars.length) {
  const label = document.createElement('label');
  label.innerHTML = '<select id="pair" aria-label="What the map of heads shows"></select>';
  byId('quadrature').querySelector('h2').after(label);
  fill('pair', scalars.map(name => [name, V[name].long_name]));
  byId('pair').value = V['metrics/share_quadrature'] ? 'metrics/share_quadrature' : scalars[0];
  byId('pair').onchange = drawAll;
}
addEventListener('scroll', hideTip, { passive: true });
let drawnAt = innerWidth;
addEventListener('resize', () => { if (innerWidth !== drawnAt) { drawnAt = innerWidth; drawAll(); } });
choose(data.start);
)js";

}  // namespace ww
