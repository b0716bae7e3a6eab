import { arch, availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import type { Case, Size } from './case.ts';
import { type BenchContext, openContext } from './context/context.ts';
import type { Progress } from './progress.ts';
import type { CaseReport, Machine, Report } from './report/report.ts';

export interface BenchOptions {
  readonly cases: readonly Case[];
  readonly size: Size;
  /** An empty scratch database, on whose server the cases create theirs. Default: a throwaway server. */
  readonly url?: string;
  readonly progress: Progress;
  /** Is called with the results so far after each case. */
  readonly onCase?: (report: Report) => void;
}

/**
 * Measures the cases one after the other. A case that fails is reported, and the next case runs.
 * @throws NotScratch for a URL whose database is not empty; LocalPostgresError where no server can be started
 */
export async function bench({ cases, size, url, progress, onCase }: BenchOptions): Promise<Report> {
  const [startedAt, started] = [new Date().toISOString(), performance.now()];
  await using context = await openContext({ size, ...(url !== undefined && { url }), progress: progress.step });
  const server = await context.server();
  const reports: CaseReport[] = [];
  const about = { version: 1, startedAt, size, machine: machine(), server } as const;
  const soFar = (): Report => ({ ...about, elapsedMs: performance.now() - started, cases: [...reports] });
  for (const it of cases) {
    progress.heading(`${it.name}, about ${it.seconds[size]} s: ${it.question}`);
    reports.push(await measure(it, context));
    onCase?.(soFar());
  }
  return soFar();
}

async function measure({ name, question, measure: run }: Case, context: BenchContext): Promise<CaseReport> {
  const started = performance.now();
  const about = () => ({ name, question, elapsedMs: performance.now() - started });
  try {
    const result = await run(context);
    return { ...about(), status: 'measured', ...result };
  } catch (error) {
    return { ...about(), status: 'failed', reason: error instanceof Error ? error.message : String(error) };
  }
}

function machine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${arch()} ${release()}`,
    node: process.version,
  };
}
