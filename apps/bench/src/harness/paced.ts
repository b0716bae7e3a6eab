import { setTimeout as sleep } from 'node:timers/promises';
import type { Operation } from './drive.ts';
import { Latencies } from './latency.ts';

/**
 * Runs the operation from `atOnce` callers, each every `everyMs` milliseconds, until `stop` aborts. A latency begins when the
 * call was due, not when a delayed caller made it. Otherwise one long stop would count as one slow call only, without the calls
 * that it delayed (coordinated omission).
 */
export async function pace(
  operation: Operation,
  { atOnce, everyMs, stop }: { atOnce: number; everyMs: number; stop: AbortSignal },
): Promise<Latencies> {
  const latencies = new Latencies();
  const started = performance.now();
  const caller = async (worker: number) => {
    const first = started + (everyMs * worker) / atOnce;
    for (let due = first; !stop.aborted; due += everyMs) {
      const early = due - performance.now();
      if (early > 0) await sleep(early);
      await operation(worker);
      latencies.record(performance.now() - due);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, (_, worker) => caller(worker)));
  return latencies;
}
