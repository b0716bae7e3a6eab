import type { LockEvidence } from '../../evidence.ts';
import { groupBy } from '../groupBy.ts';
import { type Html, html } from './html.ts';
import { milliseconds } from './numbers.ts';

/** What each migration held on tables that others wrote to, on one scale, and the longest write that waited for it. */
export function lockTimeline(files: readonly LockEvidence[]): Html {
  const longest = Math.max(1, ...files.map(({ startedAt, endedAt }) => endedAt - startedAt));
  return html`<ul class="legend"><li><span class="swatch mode-readers"></span> stops writers and readers</li>
<li><span class="swatch mode-writers"></span> stops writers</li><li><span class="swatch mode-nobody"></span> stops neither</li></ul>
<ol class="timeline">${files.map((file) => migration(file, longest))}</ol>`;
}

function migration(file: LockEvidence, longest: number): Html {
  const { migration: tag, startedAt, endedAt, locks, longestWaitMs, budgetMs } = file;
  const share = (time: number) => `${Math.min(100, Math.max(0, (100 * (time - startedAt)) / longest)).toFixed(2)}%`;
  const width = (from: number, to: number) => `${Math.min(100, (100 * (to - from)) / longest).toFixed(2)}%`;
  const lanes = [...groupBy(locks, ({ table }) => table)].map(([table, held]) => {
    const bars = held.map(
      ({ mode, from, to }) =>
        html`<span class="bar mode-${stops(mode)}" style="left:${share(from)};width:${width(from, to)}" title="${inWords({ mode, from, to })}"></span>`,
    );
    const words = held.map(({ mode, from, to }) => inWords({ mode, from, to })).join('; ');
    return html`<div class="lane"><span class="lane-name">${table}</span><span class="track" role="img" aria-label="${words}"><span class="run" style="width:${width(startedAt, endedAt)}"></span>${bars}</span></div>`;
  });
  const waited =
    longestWaitMs === 0 ? 'no write was seen to wait' : `longest blocked write ${milliseconds(longestWaitMs)}`;
  const verdict = longestWaitMs > budgetMs ? 'bad' : longestWaitMs === 0 ? 'dim' : '';
  return html`<li><div class="file"><code>${tag}</code><span class="dim">${milliseconds(endedAt - startedAt)}</span>
<span class="${verdict}">${waited}</span></div>
${lanes.length > 0 ? lanes : html`<p class="dim">no lock on a table that was there before, but what readers take</p>`}</li>`;
}

const STOPS_WRITERS = ['ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock'];

function stops(mode: string): 'readers' | 'writers' | 'nobody' {
  if (mode === 'AccessExclusiveLock') return 'readers';
  return STOPS_WRITERS.includes(mode) ? 'writers' : 'nobody';
}

function inWords({ mode, from, to }: { mode: string; from: number; to: number }): string {
  return `${mode}, seen for ${milliseconds(to - from)}`;
}
