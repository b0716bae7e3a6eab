import type { PlanEvidence } from '../../evidence.ts';
import { type Html, html } from './html.ts';
import { milliseconds, times } from './numbers.ts';

/** The same query with its index and without, as bars on one logarithmic scale. */
export function planBars(plans: readonly PlanEvidence[]): Html {
  const all = plans.flatMap(({ withIndex, withoutIndex }) => [withIndex.milliseconds, withoutIndex.milliseconds]);
  const measured = all.filter((value) => value > 0);
  const [least, most] = [Math.min(...measured), Math.max(...measured)];
  const width = (value: number) => {
    if (value <= 0 || measured.length === 0) return '0';
    const share = Math.log((2 * value) / least) / Math.log((2 * most) / least);
    return `${(100 * share).toFixed(1)}%`;
  };
  return html`<ul class="legend"><li><span class="swatch way1"></span> with the index</li>
<li><span class="swatch way2"></span> without it</li><li class="dim">bars are logarithmic</li></ul>
<ul class="plans">${plans.map((plan) => planOf(plan, width))}</ul>`;
}

function planOf({ name, table, query, withIndex, withoutIndex }: PlanEvidence, width: (ms: number) => string): Html {
  const bar = (way: string, words: string, { milliseconds: value, cost }: PlanEvidence['withIndex']) =>
    html`<div class="plan"><span class="track"><span class="bar ${way}" style="width:${width(value)}"></span></span>
<span class="figure"><span class="unseen">${words}: </span>${milliseconds(value)} <span class="dim">cost ${cost.toLocaleString('en', { maximumFractionDigits: 0 })}</span></span></div>`;
  const ratio = withIndex.milliseconds > 0 ? times(withoutIndex.milliseconds / withIndex.milliseconds) : '';
  return html`<li><div class="file"><code>${name}</code><span class="dim">on ${table}</span><strong>${ratio}</strong></div>
${bar('way1', 'with the index', withIndex)}${bar('way2', 'without it', withoutIndex)}
<details><summary>query<span class="unseen"> of ${name}</span></summary><pre>${query}</pre></details></li>`;
}
