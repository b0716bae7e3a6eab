import type { RaceEvidence } from '../../evidence.ts';
import { type Html, html } from './html.ts';

const [WIDTH, HEIGHT] = [640, 260];
const PLOT = { left: 62, right: 626, top: 14, bottom: 222 };

type Run = RaceEvidence['runs'][number];

/** Bytes committed over time, a stepped line for each way, and the limit across. */
export function racePlot(race: RaceEvidence): Html {
  const { isolation, sessions, limit, runs } = race;
  const points = runs.flatMap((run) => run.points);
  const end = Math.max(1, ...points.map(([milliseconds]) => milliseconds));
  const most = 1.08 * Math.max(limit, ...points.map(([, bytes]) => bytes));
  const x = (milliseconds: number) => PLOT.left + ((PLOT.right - PLOT.left) * milliseconds) / end;
  const y = (bytes: number) => PLOT.bottom - ((PLOT.bottom - PLOT.top) * bytes) / most;
  const lines = runs.map((run, index) => html`<path class="line way${index + 1}" d="${steps(run, x, y, end)}"/>`);
  const label = `${sessions} sessions at ${isolation}: ${runs.map(inWords).join('; ')}; the limit is ${megabytes(limit)}`;
  const legend = runs.map((run, index) => html`<li><span class="swatch way${index + 1}"></span> ${inWords(run)}</li>`);
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => Math.round(end * share));
  return html`<figure><figcaption>${sessions} sessions at ${isolation}</figcaption>
<div class="wide" tabindex="0" role="region" aria-label="Race at ${isolation}"><svg class="race" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">
<rect class="over" x="${PLOT.left}" y="${PLOT.top}" width="${PLOT.right - PLOT.left}" height="${(y(limit) - PLOT.top).toFixed(1)}"/>
<path class="axis" d="M ${PLOT.left} ${PLOT.top} V ${PLOT.bottom} H ${PLOT.right}"/>
<line class="limit" x1="${PLOT.left}" x2="${PLOT.right}" y1="${y(limit).toFixed(1)}" y2="${y(limit).toFixed(1)}"/>
<text x="${PLOT.left - 6}" y="${(y(limit) + 4).toFixed(1)}" text-anchor="end">${megabytes(limit)}</text><text x="${PLOT.left - 6}" y="${PLOT.bottom + 4}" text-anchor="end">0</text>
${ticks.map((at) => html`<text x="${x(at).toFixed(1)}" y="${PLOT.bottom + 18}" text-anchor="middle">${at}</text>`)}
<text x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 6}" text-anchor="middle">milliseconds since the start</text>
${lines}</svg></div>
<ul class="legend">${legend}<li><span class="swatch limit"></span> the limit, ${megabytes(limit)}; above it is more than was allowed</li></ul></figure>`;
}

function steps(run: Run, x: (milliseconds: number) => number, y: (bytes: number) => number, end: number): string {
  const [first, ...rest] = run.points;
  const start = `M ${x(first?.[0] ?? 0).toFixed(1)} ${y(first?.[1] ?? 0).toFixed(1)}`;
  const up = rest.map(([milliseconds, bytes]) => `H ${x(milliseconds).toFixed(1)} V ${y(bytes).toFixed(1)}`);
  return [start, ...up, `H ${x(end).toFixed(1)}`].join(' ');
}

function inWords({ name, points }: Run): string {
  return `${name}: ${megabytes(points.at(-1)?.[1] ?? 0)} in ${points.length - 1} commits`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toLocaleString('en', { maximumFractionDigits: 1 })} MB`;
}
