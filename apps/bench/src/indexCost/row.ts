import { median } from 'simple-statistics';
import type { Measured } from '../harness/interleave.ts';
import type { Comparison } from '../result.ts';
import type { Batch } from './inserts.ts';
import type { Subject } from './subjects.ts';

export const HEAD = [
  ...['index', 'of', 'MB', 'µs a row', 'insert time', 'log bytes a row'],
  ...['for', 'p50 with, ms', 'p50 without, ms', 'verdict'],
];

export interface Figures {
  /** Number of rows in one INSERT. */
  readonly batch: number;
  readonly inserts: readonly Measured<Batch>[];
  /** The size in megabytes. */
  readonly size: number | undefined;
  readonly query: Comparison | undefined;
}

/** A line with the costs and the benefit of an index. */
export function rowOf({ index, bought, having, lacking }: Subject, { batch, inserts, size, query }: Figures): string[] {
  const samples = (label: string) => inserts.find(({ name }) => name === label)?.samples ?? [];
  const [dear, cheap] = [samples(having.label), samples(lacking.label)];
  const paired = (take: (one: Batch, other: Batch) => number) =>
    median(dear.flatMap((one, round) => (cheap[round] === undefined ? [] : [take(one, cheap[round])])));
  const [withIt, without] = query?.series ?? [];
  const gain = (without?.latency?.p50 ?? Number.NaN) / (withIt?.latency?.p50 ?? Number.NaN);
  return [
    index.name,
    bought.prd ? 'PRD' : 'ours',
    (size ?? Number.NaN).toFixed(1),
    paired((one, other) => ((one.ms - other.ms) * 1_000) / batch).toFixed(1),
    percent(paired((one, other) => one.ms / other.ms) - 1),
    paired((one, other) => (one.walBytes - other.walBytes) / batch).toFixed(0),
    bought.what,
    (withIt?.latency?.p50 ?? Number.NaN).toFixed(2),
    (without?.latency?.p50 ?? Number.NaN).toFixed(2),
    verdict(gain),
  ];
}

function percent(share: number): string {
  return share.toLocaleString('en', { style: 'percent', signDisplay: 'always' });
}

/** A factor of two is more than the noise of a median. */
function verdict(gain: number): string {
  if (gain >= 2) return `earns its cost: ${gain.toFixed(0)} times as fast`;
  return `not by this query: ${gain.toFixed(1)} times as fast`;
}
