import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, isTransient } from '../db/driverErrors.ts';
import type { Blocker } from '../errors.ts';
import type { Run } from './context.ts';
import { inEvent, StatementFailure } from './statement.ts';

const backoffMs = { first: 250, longest: 10_000 };

/**
 * Repeats `attempt` for as long as it fails with a StatementFailure that another try may not meet and the retry budget
 * lasts, waiting longer each time, at random within a half, so that two runners do not stay in step. Rethrows the last one.
 */
export async function retryForLocks({ settings }: Pick<Run, 'settings'>, attempt: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + settings.lockRetryBudgetMs;
  let known: readonly Blocker[] = [];
  for (let number = 1; ; number++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StatementFailure) || !isTransient(error.cause)) throw error;
      if (error.blockers.length > 0) known = error.blockers;
      const delayMs = Math.min(backoffMs.first * 2 ** (number - 1), backoffMs.longest) * (0.5 + Math.random() / 2);
      if (performance.now() + delayMs > deadline) throw new StatementFailure(error.cause, error.at, known, number);
      const sqlstate = codeOf(error.cause);
      settings.emit({ type: 'retrying', ...inEvent(error.at), sqlstate, attempt: number, delayMs, blockers: known });
      await sleep(delayMs, undefined, settings.signal ? { signal: settings.signal } : {});
    }
  }
}
