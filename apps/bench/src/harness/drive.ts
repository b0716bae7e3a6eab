import { Latencies } from './latency.ts';

/** The result of a load. */
export interface Slice {
  readonly perSecond: number;
  readonly latencies: Latencies;
}

/** @param worker the number of the caller, from 0; a caller makes one call at a time */
export type Operation = (worker: number) => PromiseLike<unknown>;

/**
 * Repeats the operation from `atOnce` concurrent callers for `ms` milliseconds. A caller makes its next call when the last one
 * has ended. Operations that have begun by then are finished and counted.
 *
 * tinybench and mitata run one operation at a time, one contender after the other, and compute throughput as the inverse of
 * latency. Neither is right for 8 concurrent callers and interleaved contenders.
 */
export async function drive(operation: Operation, { atOnce, ms }: { atOnce: number; ms: number }): Promise<Slice> {
  const latencies = new Latencies();
  const started = performance.now();
  const deadline = started + ms;
  let done = 0;
  const caller = async (worker: number) => {
    let from = performance.now();
    // At least once, even on a slow machine.
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
