import type { PlanEvidence } from '../../evidence.ts';
import { type Html, html } from './html.ts';
import { axis, formatNumber, milliseconds } from './numbers.ts';

/** The time of each query with its index and without it, as bars on one logarithmic scale. */
export function planBars(plans: readonly PlanEvidence[]): Html {
  const all = plans.flatMap(({ withIndex, withoutIndex }) => [withIndex.milliseconds, withoutIndex.milliseconds]);
  const measured = all.filter((value) => value > 0);
  // The scale begins at half of the shortest time, so that its bar is visible.
  const [min, max] = measured.length === 0 ? [1, 1] : [Math.min(...measured) / 2, Math.max(...measured)];
  const share = (value: number) => (value <= min ? 0 : Math.log(value / min) / Math.log(max / min || 2));
  const [from, to] = [Math.ceil(Math.log10(min)), Math.floor(Math.log10(max))];
  const powers = Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => 10 ** (from + index));
  const ticks = powers.map((power) => [share(power), formatNumber(power, 6)] as const);
  return html`<ul class="legend"><li><span class="swatch way1"></span> with the index</li>
<li><span class="swatch way2"></span> without it</li></ul>
<div class="plan"><span>${axis('time of the query, ms, logarithmic', ticks)}</span></div>
<ul class="plans">${plans.map((plan) => planItem(plan, share))}</ul>`;
}

function planItem(plan: PlanEvidence, share: (ms: number) => number): Html {
  const { name, table, query, rows, withIndex, withoutIndex } = plan;
  const bar = (way: string, words: string, { milliseconds: value, cost }: PlanEvidence['withIndex']) =>
    html`<div class="plan"><span class="track"><span class="bar ${way}" style="width:${(100 * share(value)).toFixed(1)}%"></span></span>
<span class="figure"><span class="unseen">${words}: </span>${milliseconds(value)} <span class="dim">cost ${formatNumber(cost, 0)}</span></span></div>`;
  const ratio = withIndex.milliseconds > 0 ? withoutIndex.milliseconds / withIndex.milliseconds : undefined;
  const size = rows === undefined ? '' : `, ${formatNumber(rows, 0)} rows`;
  return html`<li><div class="file"><code>${name}</code><span class="dim">on ${table}${size}</span>${ratio === undefined ? undefined : html`<strong>× ${formatNumber(ratio, ratio >= 10 ? 0 : 1)}</strong>`}</div>
${bar('way1', 'with the index', withIndex)}${bar('way2', 'without it', withoutIndex)}
<details><summary>query<span class="unseen"> of ${name}</span></summary><pre>${query}</pre></details></li>`;
}
