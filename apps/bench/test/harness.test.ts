import { expect, test } from 'vitest';
import { compare, compareTimes, differenceTarget, seriesOf, target } from '../src/harness/compare.ts';
import { drive } from '../src/harness/drive.ts';
import { type Contender, interleave, interleaveGroups } from '../src/harness/interleave.ts';
import { pace } from '../src/harness/paced.ts';
import { throughputOf } from '../src/harness/throughput.ts';

/** A contender that logs its calls, and returns 1, 2, 3, … */
function told(name: string, log: string[]): Contender<number> {
  let runs = 0;
  return {
    ...{ name, role: 'ours' },
    setup: async () => void log.push(`${name} set up`),
    run: async () => {
      log.push(name);
      return ++runs;
    },
    teardown: async () => void log.push(`${name} torn down`),
  };
}

test('contenders are measured in rotation, and each round begins with another one', async () => {
  const log: string[] = [];
  await interleave([told('a', log), told('b', log), told('c', log)], { rounds: 3, warmUp: 0 });
  expect(log.slice(3, -3)).toEqual(['a', 'b', 'c', 'b', 'c', 'a', 'c', 'a', 'b']);
});

test('the samples of the warm-up are discarded', async () => {
  const [measured] = await interleave([told('a', [])], { rounds: 2, warmUp: 3 });
  expect(measured?.samples).toEqual([4, 5]);
});

test('every contender that was set up is torn down when one fails', async () => {
  const log: string[] = [];
  const failing = { ...told('b', log), run: () => Promise.reject(new Error('broken')) };
  await expect(interleave([told('a', log), failing], { rounds: 1, warmUp: 0 })).rejects.toThrow('broken');
  expect(log.slice(-2)).toEqual(['a torn down', 'b torn down']);
});

test('groups are measured in the same rounds and returned separately', async () => {
  const log: string[] = [];
  const groups = [[told('a', log), told('b', log)], [told('c', log)]];
  const measured = await interleaveGroups(groups, { rounds: 1, warmUp: 0 });
  expect(measured.map((group) => group.map(({ name }) => name))).toEqual([['a', 'b'], ['c']]);
  expect(log.slice(3, -3)).toEqual(['a', 'b', 'c']);
});

test('ratios are taken within each round, so that a slow round does not count', () => {
  const comparison = compareTimes('of three', [
    { name: 'limit', role: 'limit', samples: [10, 10, 1_000] },
    { name: 'ours', role: 'ours', samples: [20, 20, 2_000] },
    { name: 'rival', role: 'rival', samples: [40, 40, 4_000] },
    { name: 'other rival', role: 'rival', samples: [80, 80, 8_000] },
  ]);
  expect(comparison).toMatchObject({ limit: 'limit', rival: 'rival', better: 'less' });
  const ours = seriesOf(comparison, 'ours');
  expect(ours?.toLimit).toEqual({ median: 2, low: 2, high: 2 });
  expect(ours?.toRival).toEqual({ median: 0.5, low: 0.5, high: 0.5 });
  expect(seriesOf(comparison, 'limit')).not.toHaveProperty('toLimit');
  expect(seriesOf(comparison, 'rival')).not.toHaveProperty('toRival');
});

test('a figure is the median, with the quartiles', () => {
  const kind = { title: 'one', unit: 'MB', better: 'less' as const, value: (it: { mb: number }) => it.mb };
  const samples = [1, 2, 3, 4, 100].map((mb) => ({ mb }));
  const { series } = compare([{ name: 'a', role: 'ours', samples }], kind);
  expect(series[0]).toMatchObject({ median: 3, spread: { low: 2, high: 4 } });
});

test('a target is met at its bound and missed beyond it', () => {
  const comparison = compareTimes('two', [
    { name: 'a', role: 'ours', samples: [50, 50] },
    { name: 'b', role: 'rival', samples: [100, 100] },
  ]);
  const sides = [seriesOf(comparison, 'a'), seriesOf(comparison, 'b')] as const;
  expect(target('half', sides, { atMost: 0.5 })).toMatchObject([{ met: true, value: { median: 0.5 } }]);
  expect(target('less', sides, { atMost: 0.49 })).toMatchObject([{ met: false }]);
  expect(target('more', sides, { atLeast: 0.51 })).toMatchObject([{ met: false }]);
  expect(differenceTarget('by', sides, { atMost: -50 })).toMatchObject([{ met: true, value: { median: -50 } }]);
  expect(target('against nobody', [sides[0], undefined], { atMost: 1 })).toEqual([]);
});

test('the given number of callers run concurrently, with one call at a time each', async () => {
  const busy = new Set<number>();
  let most = 0;
  const slice = await drive(
    async (caller) => {
      expect(busy.has(caller)).toBe(false);
      busy.add(caller);
      most = Math.max(most, busy.size);
      await new Promise((resolve) => setTimeout(resolve, 1));
      busy.delete(caller);
    },
    { atOnce: 4, ms: 20 },
  );
  expect(most).toBe(4);
  expect(slice.latencies.summary().count).toBeGreaterThanOrEqual(4);
  expect(slice.perSecond).toBeGreaterThan(0);
});

test('the operation is opened once, warmed up by each caller, and closed', async () => {
  const log: string[] = [];
  const asked = {
    ...{ name: 'a', role: 'ours' as const },
    open: (atOnce: number) => {
      log.push(`open ${atOnce}`);
      return { ask: async () => void log.push('ask'), close: async () => void log.push('close') };
    },
    beforeRound: () => void log.push('round'),
  };
  const contender = throughputOf(asked, { atOnce: 2, sliceMs: 1 });
  await contender.setup?.();
  expect(log).toEqual(['open 2', 'round', 'ask', 'ask', 'ask', 'ask']);
  await contender.run();
  await contender.teardown?.();
  expect(log.slice(6, 8)).toEqual(['round', 'ask']);
  expect(log.at(-1)).toBe('close');
});

test('calls that were due while a caller was delayed are made and counted', async () => {
  const stop = new AbortController();
  let calls = 0;
  const latencies = await pace(
    async () => {
      calls += 1;
      // The first call delays its caller by ten intervals; the tenth call after it ends the load.
      if (calls === 1) await new Promise((resolve) => setTimeout(resolve, 100));
      if (calls === 10) stop.abort();
    },
    { atOnce: 1, everyMs: 10, stop: stop.signal },
  );
  expect(latencies.summary().count).toBe(10);
  // Each of them waited behind the first call, although none took any time itself.
  expect(latencies.summary().p50).toBeGreaterThan(10);
});
