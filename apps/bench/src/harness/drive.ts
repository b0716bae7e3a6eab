import { Latencies } from './latency.ts';

/** What came of driving an operation for a while. */
export interface Slice {
  readonly perSecond: number;
  readonly latencies: Latencies;
}

/** @param worker from 0: whoever calls, one call at a time each. */
export type Operation = (worker: number) => PromiseLike<unknown>;

/**
 * Runs the operation over and over from `atOnce` callers, each asking again as soon as it is answered, for `ms`
 * milliseconds; an operation that has begun is waited for, and counted with the time it took.
 *
 * tinybench and mitata time one operation after another, each contender to its end, and take throughput for the inverse
 * of latency: with 8 callers at once, and in turns, neither holds.
 */
export async function drive(operation: Operation, { atOnce, ms }: { atOnce: number; ms: number }): Promise<Slice> {
  const latencies = new Latencies();
  const started = performance.now();
  const deadline = started + ms;
  let done = 0;
  const caller = async (worker: number) => {
    let from = performance.now();
    // Once at least, however slowly the machine gets to it.
    do {
      await operation(worker);
      const now = performance.now();
      latencies.record(now - from);
      done += 1;
      from = now;
    } while (from < deadline);
  };
  await Promise.all(Array.from({ length: atOnce }, (_, worker) => caller(worker)));
  return { perSecond: (done * 1000) / (performance.now() - started), latencies };
}
