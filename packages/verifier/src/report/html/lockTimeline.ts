import { groupBy } from '@app/catalog';
import type { LockEvidence } from '../../evidence.ts';
import { type Html, html } from './html.ts';
import { axis, formatNumber, milliseconds, ticksTo } from './numbers.ts';

/** The locks of each migration on existing tables, on one time scale, and the longest write that waited for them. */
export function lockTimeline(files: readonly LockEvidence[]): Html {
  const longest = Math.max(1, ...files.map(({ startedAt, endedAt }) => endedAt - startedAt));
  const ticks = ticksTo(longest).map((time) => [time / longest, formatNumber(time, 1)] as const);
  const waited = Math.max(0, ...files.map(({ longestWaitMs }) => longestWaitMs));
  return html`<p>The longest blocked write waited ${milliseconds(waited)}.</p>
<ul class="legend"><li><span class="swatch mode-readers"></span> blocks reads and writes</li>
<li><span class="swatch mode-writers"></span> blocks writes</li><li><span class="swatch mode-nobody"></span> blocks neither</li></ul>
<div class="lane"><span></span><span>${axis('time since the migration began, ms', ticks)}</span></div>
<ol class="timeline">${files.map((file) => migration(file, longest))}</ol>`;
}

function migration(file: LockEvidence, longest: number): Html {
  const { migration: tag, startedAt, endedAt, locks, longestWaitMs, budgetMs } = file;
  const share = (time: number) => `${Math.min(100, Math.max(0, (100 * time) / longest)).toFixed(2)}%`;
  const lanes = [...groupBy(locks, ({ table }) => table)].map(([table, held]) => {
    const labels = held.map(({ mode, from, to }) => `${mode}, seen for ${milliseconds(to - from)}`);
    const bars = held.map(
      ({ mode, from, to }, index) =>
        html`<span class="bar mode-${blockedBy(mode)}" style="left:${share(from - startedAt)};width:${share(to - from)}" title="${labels[index]}"></span>`,
    );
    return html`<div class="lane"><span class="lane-name">${table}</span><span class="track" role="img" aria-label="${labels.join('; ')}"><span class="run" style="width:${share(endedAt - startedAt)}"></span>${bars}</span></div>`;
  });
  const waited =
    longestWaitMs === 0 ? 'no write waited for a lock' : `longest blocked write ${milliseconds(longestWaitMs)}`;
  const tone = longestWaitMs > budgetMs ? 'bad' : longestWaitMs === 0 ? 'dim' : '';
  return html`<li><div class="file"><code>${tag}</code><span class="dim">${milliseconds(endedAt - startedAt)}</span>
<span class="${tone}">${waited}${longestWaitMs > budgetMs ? `, ${milliseconds(budgetMs)} allowed` : ''}</span></div>
${lanes.length > 0 ? lanes : html`<p class="dim">no lock on an existing table, except those of reads</p>`}</li>`;
}

const BLOCKS_WRITES = ['ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock'];

function blockedBy(mode: string): 'readers' | 'writers' | 'nobody' {
  if (mode === 'AccessExclusiveLock') return 'readers';
  return BLOCKS_WRITES.includes(mode) ? 'writers' : 'nobody';
}
