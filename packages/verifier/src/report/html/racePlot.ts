import type { RaceEvidence } from '../../evidence.ts';
import { type Html, html } from './html.ts';
import { bytes, byteUnit, formatNumber, ticksTo } from './numbers.ts';

const [WIDTH, HEIGHT] = [520, 300];
const PLOT = { left: 84, right: 510, top: 34, bottom: 246 };

type Run = RaceEvidence['runs'][number];

/** Committed bytes over time: a stepped line for each run, and a horizontal line at the limit. */
export function racePlot({ isolation, sessions, limit, runs }: RaceEvidence): Html {
  const points = runs.flatMap((run) => run.points);
  const end = Math.max(1, ...points.map(([milliseconds]) => milliseconds));
  const max = 1.08 * Math.max(1, limit, ...points.map(([, size]) => size));
  const unit = byteUnit(max);
  const x = (time: number) => (PLOT.left + ((PLOT.right - PLOT.left) * time) / end).toFixed(1);
  const y = (size: number, below = 0) => (PLOT.bottom - ((PLOT.bottom - PLOT.top) * size) / max + below).toFixed(1);
  const stepped = ({ points: [first, ...rest] }: Run) => {
    const up = rest.map(([time, size]) => `H ${x(time)} V ${y(size)}`);
    return [`M ${x(first?.[0] ?? 0)} ${y(first?.[1] ?? 0)}`, ...up, `H ${x(end)}`].join(' ');
  };
  const labels = runs.map(
    (run) => `${run.name}: ${bytes(run.points.at(-1)?.[1] ?? 0)} in ${run.points.length - 1} commits`,
  );
  const title = `${sessions} sessions at ${isolation}`;
  return html`<figure><figcaption>${title}</figcaption>
<svg class="race" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}: ${labels.join('; ')}; the limit is ${bytes(limit)}">
<rect class="over" x="${PLOT.left}" y="${PLOT.top}" width="${PLOT.right - PLOT.left}" height="${(Number(y(limit)) - PLOT.top).toFixed(1)}"/>
<path class="axis-line" d="M ${PLOT.left} ${PLOT.top} V ${PLOT.bottom} H ${PLOT.right}"/>
<line class="limit" x1="${PLOT.left}" x2="${PLOT.right}" y1="${y(limit)}" y2="${y(limit)}"/>
<text x="4" y="20">committed, ${unit.name}</text>
${ticksTo(max).map((size) => html`<text x="${PLOT.left - 8}" y="${y(size, 5)}" text-anchor="end">${formatNumber(size / unit.size, 1)}</text>`)}
${ticksTo(end).map((time) => html`<text x="${x(time)}" y="${PLOT.bottom + 22}" text-anchor="middle">${formatNumber(time, 1)}</text>`)}
<text x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 8}" text-anchor="middle">time since the start, ms</text>
${runs.map((run, index) => html`<path class="line way${index + 1}" d="${stepped(run)}"/>`)}</svg>
<ul class="legend">${labels.map((text, index) => html`<li><span class="swatch way${index + 1}"></span> ${text}</li>`)}<li><span class="swatch limit"></span> the limit, ${bytes(limit)}</li></ul></figure>`;
}
