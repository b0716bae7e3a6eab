import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** Latencies in milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** Number of operations. */
  readonly count: number;
}

const NANOSECONDS = 1_000_000;

/** Latencies of operations in Node's HDR histogram, which counts every operation at low cost. */
export class Latencies {
  readonly #histogram: RecordableHistogram = createHistogram({ figures: 3 });

  /** @param milliseconds as differences of performance.now() */
  record(milliseconds: number): void {
    this.#histogram.record(Math.max(1, Math.round(milliseconds * NANOSECONDS)));
  }

  add(other: Latencies): void {
    this.#histogram.add(other.#histogram);
  }

  summary(): Latency {
    const at = (percentile: number) => this.#histogram.percentile(percentile) / NANOSECONDS;
    const count = this.#histogram.count;
    if (count === 0) return { p50: 0, p99: 0, p999: 0, max: 0, count };
    return { p50: at(50), p99: at(99), p999: at(99.9), max: this.#histogram.max / NANOSECONDS, count };
  }
}
