// The interactive page's script: heatmaps and lines, and how pointer and keyboard move in them.
// Names of variables are the file's; null is a missing value.
#include "plots/page.hpp"

namespace ww {

const char* const kPageScriptPlots = R"js(
/* Heatmaps. `map`: rows, spans(row) [from, to] or null each, value(row, column), tell(row, column),
   low, high, rowName, chosen(row, column), choose(row, column), axis(x) -> svg; if need be still(row)
   (hatched), type(row, column) (a part to mark), legend, signed (colours about 0). */
function heat(section, key, map) {
  const plot = plotIn(section, key), left = 40, below = 34;
  const row = Math.max(9, Math.min(map.tall || 26, 300 / map.rows)), height = map.rows * row;
  const log = state.scale === 'log' && map.low > 0;
  const share = v => map.high === map.low ? 0 : log ? Math.log(Math.max(v, map.low) / map.low) /
    Math.log(map.high / map.low) : (v - map.low) / (map.high - map.low);
  const palette = map.signed ? data.diverging : data.viridis;
  const colour = v => palette[Math.max(0, Math.min(palette.length - 1, Math.floor(share(v) * palette.length)))];
  const marks = log ? [map.low, Math.sqrt(map.low * map.high), map.high] :
    height < 60 ? [map.low, map.high] : ticks(map.low, map.high, Math.min(5, height / 26));
  const mark = v => isNumber(v) ? String(Number(v.toPrecision(3))) : '';
  const right = Math.max(62, 30 + 6.5 * Math.max(...marks.map(v => mark(v).length)));
  let cells = [], width;
  const still = map.still || (() => false), hatched = range(map.rows).some(still);
  const note = (map.legend || '') + (hatched ? '<span>hatched: layers without rotation</span>' : '');
  const svg = frame(plot, map.title, note, height + below + 8, map.label, w => {
    width = w - left - right;
    let out = '';
    cells = [];
    for (let r = 0; r < map.rows; ++r) {
      map.spans(r).forEach((span, c) => {
        if (!span) return;
        const v = map.value(r, c), x = left + span[0] * width, wide = (span[1] - span[0]) * width;
        const fill = isNumber(v) ? `fill="${colour(v)}"` : 'class="none"';
        cells.push({ r, c, x, y: 4 + r * row, wide, high: row });
        out += `<rect shape-rendering="crispEdges" x="${x.toFixed(2)}" y="${(4 + r * row).toFixed(2)}" ` +
          `width="${wide.toFixed(2)}" height="${row.toFixed(2)}" ${fill}/>`;
      });
    }
    range(map.rows).filter(still).forEach(r => { out += hatch(left, 4 + r * row, width, row); });
    for (const cell of map.type ? cells : []) {
      const type = map.type(cell.r, cell.c), size = Math.min(7, 0.3 * Math.min(row, cell.wide));
      if (type && size > 1.5) out += typeMark(type, cell.x + cell.wide / 2, cell.y + row / 2, size);
    }
    const stride = [1, 2, 5, 10, 20].find(s => s * row >= 13) || 50;
    for (let r = 0; r < map.rows; r += stride) out += text(left - 6, 8 + (r + 0.5) * row, r, 'end');
    out += `<text class="label" transform="translate(11 ${4 + height / 2}) rotate(-90)" text-anchor="middle">${map.rowName}</text>`;
    out += map.axis(x => left + x * width, 4 + height, width);
    range(48).forEach(i => {
      out += `<rect x="${left + width + 12}" y="${4 + height * (1 - (i + 1) / 48)}" width="10" ` +
        `height="${height / 48 + 0.6}" fill="${palette[Math.floor((i + 0.5) / 48 * palette.length)]}"/>`;
    });
    marks.forEach(v => { out += text(left + width + 26, 8 + height * (1 - share(v)), mark(v), 'start'); });
    for (const cell of cells.filter(cell => map.chosen(cell.r, cell.c))) {
      const whole = map.whole, x = whole ? left : cell.x;
      for (const ring of ['outer', 'inner']) out += `<rect class="chosen ${ring}" x="${x}" y="${cell.y}" width="${whole ? width : cell.wide}" height="${row}"/>`;
      if (whole) break;
    }
    return out + '<rect class="cursor" visibility="hidden"/>';
  });
  interact(svg, () => cells, cell => map.tell(cell.r, cell.c), cell => map.choose(cell.r, cell.c));
}

/* Pointer, touch and keyboard on a plot of cells. */
function interact(svg, cells, tell, choose) {
  const scale = () => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
  const cursor = svg.querySelector('.cursor');
  const show = cell => {
    const box = svg.getBoundingClientRect(), s = scale();
    for (const [name, value] of [['x', cell.x], ['y', cell.y], ['width', cell.wide], ['height', cell.high]])
      cursor.setAttribute(name, value);
    cursor.setAttribute('visibility', 'visible');
    showTip(tell(cell), box.left + (cell.x + cell.wide / 2) * s, box.top + cell.y * s);
  };
  const hide = () => { cursor.setAttribute('visibility', 'hidden'); hideTip(); };
  const under = event => {
    const box = svg.getBoundingClientRect(), s = scale();
    const x = (event.clientX - box.left) / s, y = (event.clientY - box.top) / s;
    return cells().find(c => x >= c.x && x < c.x + c.wide && y >= c.y && y < c.y + c.high);
  };
  svg.tabIndex = 0;
  svg.setAttribute('role', 'application');
  svg.onpointermove = event => { const cell = under(event); cell ? show(cell) : hide(); };
  svg.onpointerleave = event => { if (event.pointerType === 'mouse') hide(); };
  svg.onclick = event => {
    const cell = under(event);
    if (!cell) return hide();
    if (choose) choose(cell);
    again(svg, cell);
  };
  svg.onfocus = () => { if (svg.matches(':focus-visible')) again(svg, svg.last); };
  svg.onblur = hide;
  svg.again = cell => {
    const same = cell && cells().find(c => c.r === cell.r && c.c === cell.c);
    svg.last = same || cells()[0];
    if (svg.last) show(svg.last);
  };
  svg.onkeydown = event => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key === 'Escape') return hide();
    const from = svg.last || cells()[0];
    if ((event.key === 'Enter' || event.key === ' ') && from && choose) {
      event.preventDefault();
      choose(from);
      return again(svg, from);
    }
    if (!step || !from) return;
    event.preventDefault();
    const centre = c => [c.x + c.wide / 2, c.y + c.high / 2], [fx, fy] = centre(from);
    const ahead = cells().map(c => {
      const [x, y] = centre(c), along = step[0] ? (x - fx) * step[0] : (y - fy) * step[1];
      return { c, along, off: step[0] ? Math.abs(y - fy) : Math.abs(x - fx) };
    }).filter(c => c.along > 0.5).sort((a, b) => a.along + 4 * a.off - b.along - 4 * b.off);
    if (ahead.length) { svg.last = ahead[0].c; show(svg.last); }
  };
}
const again = (svg, cell) => svg.again(cell);

/* Axes below a map of frequencies. */
function frequencyAxis(layer) {
  return (x, y, width) => {
    let out = '';
    if (state.axis === 'index') {
      const stride = [1, 2, 4, 8, 16, 32].find(s => width / F * s >= 22) || 64;
      for (let f = 0; f < F; f += stride) out += text(x((byIndex[f][0] + byIndex[f][1]) / 2), y + 14, f);
      if (gap) out += text(x((mainShare + gap + 1) / 2), y + 30, '\u03b8 = 0');
      return out + text(x((mainShare || 1) / 2), y + 30, 'frequency (0 is the highest)', 'middle', 'label');
    }
    for (const w of decades(Math.exp(domain[0]), Math.exp(domain[1]))) {
      out += line(x(place(w)), y, x(place(w)), y + 4, 'zero') + text(x(place(w)), y + 15, w.toLocaleString('en'));
    }
    if (strip) out += text(x(1 - strip / 2), y + 15, '\u221e');
    const L0 = data.train_length;
    if (L0 && Math.log(L0) > domain[0] && Math.log(L0) < domain[1]) {
      out += line(x(place(L0)), 4, x(place(L0)), y, 'length');
    }
    return out + text(x(0.5), y + 30, L0 ? `wavelength (tokens); dashed: training length ${L0}` :
      'wavelength (tokens)', 'middle', 'label');
  };
}
/* Lines over x in 0..1: series of {name, colour, dash, points: [[x, value, tell, error, chosen, part]]};
   an error is a band of one standard error, `chosen` what a click on the point chooses; a line joins points of
   one `part` alone. If need be a note beside the legend. */
function lines(section, key, plotted) {
  const plot = plotIn(section, key), left = 52, below = 36, height = 230;
  const error = p => isNumber(p[3]) ? p[3] : 0;
  const all = plotted.series.flatMap(s => s.points.filter(p => isNumber(p[1])))
    .flatMap(p => [p[1] - error(p), p[1] + error(p)]);
  let low = Math.min(...all, plotted.zero ? 0 : Infinity), high = Math.max(...all, plotted.zero ? 0 : -Infinity);
  if (!(high > low)) { low -= 1; high += 1; }
  const room = 0.05 * (high - low);
  low = plotted.zero && low === 0 ? 0 : low - room; high += room;
  const swatch = s => s.dash ?
    `repeating-linear-gradient(90deg,${s.colour} 0 3px,transparent 3px 6px)` : s.colour;
  const legend = legendOf(plotted.series.map(s => [s.name, swatch(s)])) +
    (plotted.note ? `<span>${plotted.note}</span>` : '');
  let cells = [];
  const svg = frame(plot, plotted.title, legend, height + below + 8, plotted.label, w => {
    const width = w - left - 14, x = v => left + v * width;
    const y = v => 6 + (1 - (v - low) / (high - low)) * height;
    let out = '';
    for (const v of ticks(low, high, 5)) {
      out += line(left, y(v), left + width, y(v), 'grid') + text(left - 6, y(v) + 4, short(v), 'end');
    }
    if (low < 0 && high > 0) out += line(left, y(0), left + width, y(0), 'zero');
    out += plotted.axis(x, 6 + height, width);
    cells = [];
    plotted.series.forEach((s, r) => {
      const points = s.points.filter(p => isNumber(p[1])).sort((a, b) => a[0] - b[0]);
      for (const part of new Set(points.map(p => p[5]))) {
        const run = points.filter(p => p[5] === part);
        const along = sign => run.map(p => `${x(p[0]).toFixed(1)},${y(p[1] + sign * error(p)).toFixed(1)}`);
        if (run.some(error)) out += `<polygon fill="${s.colour}" stroke="${s.colour}" opacity="0.22" ` +
          `points="${[...along(1), ...along(-1).reverse()].join(' ')}"/>`;
        if (run.length > 1) out += `<polyline fill="none" stroke="${s.colour}" stroke-width="2" ` +
          `stroke-dasharray="${s.dash || ''}" points="${along(0).join(' ')}"/>`;
      }
      points.forEach((p, c) => {
        out += `<circle fill="${s.colour}" cx="${x(p[0]).toFixed(1)}" cy="${y(p[1]).toFixed(1)}" r="2.4"/>`;
        cells.push({ r, c, x: x(p[0]) - 5, y: y(p[1]) - 5, wide: 10, high: 10, chosen: p[4],
          tell: `${s.name}, ${p[2]}: ${short(p[1])}` + (error(p) ? ` \u00b1 ${short(p[3])}` : '') });
      });
    });
    return out + '<rect class="cursor" rx="5" visibility="hidden"/>';
  });
  interact(svg, () => cells, cell => cell.tell, cell => { if (cell.chosen) choose(cell.chosen); });
}
)js";

}  // namespace ww
