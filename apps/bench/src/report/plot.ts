import type { Comparison } from '../result.ts';
import { number } from './cells.ts';

const [WIDTH, LABEL, ROW, TOP] = [900, 330, 26, 8];
const SCALE = WIDTH - LABEL - 60;

/** A comparison as inline SVG: a dot for each round, a bar for the median. The axis is logarithmic for a wide range. */
export function plot({ title, unit, series }: Comparison): string {
  const values = series.flatMap(({ samples }) => samples).filter((value) => Number.isFinite(value) && value > 0);
  if (values.length === 0) return '';
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const logarithmic = most / least > 30;
  const at = (value: number) => {
    if (!logarithmic) return LABEL + (SCALE * value) / most;
    return LABEL + (SCALE * Math.log(Math.max(value, least) / (least / 2))) / Math.log((2 * most) / least);
  };
  const rows = series.map(({ name, role, samples, median }, index) => {
    const y = TOP + ROW * index + ROW / 2;
    const dots = samples.map((value) => `<circle cx="${at(value).toFixed(1)}" cy="${y}" r="3"/>`).join('');
    const label = `<text x="${LABEL - 8}" y="${y + 4}" text-anchor="end">${escapeHtml(name)}</text>`;
    const bar = `<rect x="${LABEL}" y="${y - 6}" width="${(at(median) - LABEL).toFixed(1)}" height="12" rx="2"/>`;
    const figure = `<text x="${at(Math.max(median, ...samples)) + 8}" y="${y + 4}">${number(median)}</text>`;
    return `<g class="${role}">${label}${bar}${dots}${figure}</g>`;
  });
  const height = TOP + ROW * series.length + 20;
  const axis = `<text class="axis" x="${LABEL}" y="${height - 4}">${escapeHtml(unit)}${logarithmic ? ', logarithmic' : ', from 0'}</text>`;
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(title)}">${rows.join('')}${axis}</svg>`;
}

export function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
