import type { CheckResult, Failure, Observation } from './check.ts';

/** Makes results of one subject for checks that share one reading of the database; their time is not measured: 0 ms. */
export function resultsOf(subject: string) {
  const about = (name: string) => ({ subject, name, elapsedMs: 0 });
  const passedResult = (name: string, observations: number, notices: readonly string[] = []): CheckResult => ({
    ...about(name),
    status: 'passed',
    observations,
    ...(notices.length > 0 && { notices }),
  });
  const failedResult = (
    name: string,
    fix: string,
    differences: readonly Observation[],
    more: Partial<Pick<Failure, 'severity' | 'fixSql'>> = {},
  ): CheckResult => ({ ...about(name), status: 'failed', severity: 'medium', differences, fix, ...more });
  const notRunResult = (name: string, reason: string): CheckResult => ({ ...about(name), status: 'not run', reason });
  /** Fails where there are differences; "not run" where `total`, the number of objects looked at, is 0. */
  const resultOf = (
    name: string,
    fix: string,
    total: number,
    differences: readonly Observation[],
    more: Partial<Pick<Failure, 'severity' | 'fixSql'>> = {},
  ): CheckResult => {
    if (differences.length > 0) return failedResult(name, fix, differences, more);
    return total === 0 ? notRunResult(name, 'there is nothing to look at') : passedResult(name, total);
  };
  return { passedResult, failedResult, notRunResult, resultOf };
}

const SHOWN = 10;

/** The first ten items, and the number of the others. */
export function firstItems(items: readonly string[]): string {
  const rest = items.length - SHOWN;
  return rest > 0 ? `${items.slice(0, SHOWN).join(', ')} and ${rest} more` : items.join(', ');
}
