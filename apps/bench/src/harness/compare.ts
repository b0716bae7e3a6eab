import { median, quantile } from 'simple-statistics';
import type { Comparison, Paired, Series, Target } from '../result.ts';
import type { Slice } from './drive.ts';
import type { Measured } from './interleave.ts';
import { Latencies, type Latency } from './latency.ts';

interface Kind<S> {
  readonly title: string;
  readonly unit: string;
  readonly better: Comparison['better'];
  readonly value: (sample: S) => number;
  readonly latency?: (samples: readonly S[]) => Latency;
}

/** The figures of contenders of the same rounds. */
export function compare<S>(measured: readonly Measured<S>[], kind: Kind<S>): Comparison {
  const { title, unit, better } = kind;
  const values = measured.map(({ samples }) => samples.map(kind.value));
  const limit = measured.findIndex(({ role }) => role === 'limit');
  const rival = measured.findIndex(({ role }) => role === 'rival');
  const to = (index: number, base: number) => {
    const [above, below] = [values[index], values[base]];
    return index === base || !above || !below ? undefined : ratioOf(above, below);
  };
  const series = measured.map(({ name, role, samples }, index): Series => {
    const own = values[index] ?? [];
    const [toLimit, toRival] = [to(index, limit), to(index, rival)];
    return {
      ...{ name, role, samples: own, ...middleOf(own) },
      ...(toLimit && { toLimit }),
      ...(toRival && { toRival }),
      ...(kind.latency && { latency: kind.latency(samples) }),
    };
  });
  const [limitName, rivalName] = [measured[limit]?.name, measured[rival]?.name];
  return {
    title,
    unit,
    better,
    ...(limitName && { limit: limitName }),
    ...(rivalName && { rival: rivalName }),
    series,
  };
}

/** Operations per second, with the latencies of all rounds. */
export function compareThroughput(title: string, measured: readonly Measured<Slice>[]): Comparison {
  return compare(measured, {
    ...{ title, unit: 'per s', better: 'more', value: ({ perSecond }) => perSecond },
    latency: (samples) => {
      const all = new Latencies();
      for (const { latencies } of samples) all.add(latencies);
      return all.summary();
    },
  });
}

/** The milliseconds of one run. */
export function compareTimes(title: string, measured: readonly Measured<number>[]): Comparison {
  return compare(measured, { title, unit: 'ms', better: 'less', value: (ms) => ms });
}

function ratioOf(above: readonly number[], below: readonly number[]): Paired {
  return paired(above, below, (value, base) => value / base);
}

/** @param above,below samples of the same rounds */
function paired(
  above: readonly number[],
  below: readonly number[],
  take: (value: number, base: number) => number,
): Paired {
  const values = above.flatMap((value, round) => {
    const base = below[round];
    return base === undefined || base === 0 ? [] : [take(value, base)];
  });
  const { median: middle, spread } = middleOf(values);
  return { median: middle, ...spread };
}

function middleOf(values: readonly number[]): Pick<Series, 'median' | 'spread'> {
  if (values.length === 0) return { median: Number.NaN, spread: { low: Number.NaN, high: Number.NaN } };
  const own = [...values];
  return { median: median(own), spread: { low: quantile(own, 0.25), high: quantile(own, 0.75) } };
}

type Sides = readonly [Series | undefined, Series | undefined];

/** Divides the figures of `of` by those of `to`. No target if either was not measured. */
export function target(text: string, [of, to]: Sides, bound: Target['bound']): Target[] {
  if (of === undefined || to === undefined) return [];
  return [judged({ text, kind: 'ratio', value: ratioOf(of.samples, to.samples), bound })];
}

/** Subtracts `to` from `of`, in milliseconds. */
export function differenceTarget(text: string, [of, to]: Sides, bound: Target['bound']): Target[] {
  if (of === undefined || to === undefined) return [];
  const value = paired(of.samples, to.samples, (one, other) => one - other);
  return [judged({ text, kind: 'difference, ms', value, bound })];
}

function judged(found: Omit<Target, 'met'>): Target {
  const { value, bound } = found;
  const met = 'atLeast' in bound ? value.median >= bound.atLeast : value.median <= bound.atMost;
  return { ...found, met };
}

/** The figures of the contender with this name. */
export function seriesOf({ series }: Comparison, name: string): Series | undefined {
  return series.find((it) => it.name === name);
}
