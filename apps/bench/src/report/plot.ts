import type { Comparison } from '../result.ts';
import { number } from './cells.ts';

/**
 * A comparison as HTML, whose text keeps its size on any screen: a bar for the median with the figure at its end, a dot a round
 * below it, an axis in the comparison's unit; logarithmic where the figures are far apart.
 */
export function plot({ title, unit, series }: Comparison): string {
  const values = series.flatMap(({ samples }) => samples).filter((value) => Number.isFinite(value) && value > 0);
  if (values.length === 0) return '';
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const logarithmic = most / least > 30;
  const share = (value: number) =>
    logarithmic ? Math.log(Math.max(value, least) / (least / 2)) / Math.log((2 * most) / least) : value / most;
  const at = (value: number) => `${(100 * share(value)).toFixed(1)}%`;
  const rows = series.map(({ name, role, samples, median }) => {
    const dots = samples.map((value) => `<i class="dot" style="left:${at(value)}"></i>`).join('');
    const bar = `<i class="bar" style="width:${at(median)}"></i><b style="left:${at(median)}">${number(median)}</b>`;
    return `<div class="row ${role}"><span>${escapeHtml(name)}</span><div class="track">${bar}${dots}</div></div>`;
  });
  const marks = (logarithmic ? powersOfTen(least / 2, most) : [0, 1, 2, 3, 4].map((n) => n * step(most)))
    .filter((value) => value <= most)
    .map((value) => `<i style="left:${at(value)}">${value.toLocaleString('en', { maximumSignificantDigits: 3 })}</i>`);
  const axis = `<div class="row axis"><span>${escapeHtml(unit)}${logarithmic ? ', logarithmic' : ''}</span><div class="track">${marks.join('')}</div></div>`;
  return `<div class="plot" role="img" aria-label="${escapeHtml(title)}">${rows.join('')}${axis}</div>`;
}

/** The distance of an axis's marks: 1, 2, 2.5 or 5 times a power of ten, at most four of them up to `most`. */
function step(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most / 4));
  return power * ([1, 2, 2.5, 5].find((factor) => factor * power * 4 >= most) ?? 10);
}

function powersOfTen(from: number, to: number): number[] {
  const [first, last] = [Math.ceil(Math.log10(from)), Math.floor(Math.log10(to))];
  // At most five marks, so that they have room on a phone.
  const each = Math.max(1, Math.ceil((last - first + 1) / 5));
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, n) => 10 ** (first + n)).filter(
    (_, n) => n % each === 0,
  );
}

export function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
