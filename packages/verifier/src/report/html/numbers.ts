import { type Html, html } from './html.ts';

/** A time with about three digits, in milliseconds or seconds. */
export function milliseconds(value: number): string {
  if (value === 0) return '0 ms';
  if (value >= 1_000) return `${formatNumber(value / 1_000, value >= 10_000 ? 1 : 2)} s`;
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
  return `${value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })} ms`;
}

export function bytes(value: number): string {
  const { name, size } = byteUnit(value);
  return `${formatNumber(value / size, 1)} ${name}`;
}

/** The unit in which a number of bytes has one to three digits before the decimal point. */
export function byteUnit(value: number): { readonly name: string; readonly size: number } {
  const power = value < 1_000 ? 0 : Math.min(3, Math.floor(Math.log10(value) / 3));
  return { name: ['bytes', 'kB', 'MB', 'GB'][power] ?? 'bytes', size: 1_000 ** power };
}

export function formatNumber(value: number, digits: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: digits });
}

/** Four to six round numbers from 0 to `max`. */
export function ticksTo(max: number): number[] {
  const minStep = max / 6;
  const power = 10 ** Math.floor(Math.log10(minStep));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= minStep) ?? 10);
  return Array.from({ length: Math.floor(max / step + 1e-9) + 1 }, (_, index) => Number((index * step).toPrecision(6)));
}

/** The axis of a bar chart: a title with the unit, and labels. A label's position is a share of the width, 0 to 1. */
export function axis(title: string, ticks: readonly (readonly [share: number, label: string])[]): Html {
  const labels = ticks.map(([share, label]) => html`<i style="left:${(100 * share).toFixed(1)}%">${label}</i>`);
  return html`<span class="axis-title">${title}</span><span class="axis" aria-hidden="true">${labels}</span>`;
}
