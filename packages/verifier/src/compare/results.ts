import type { CheckResult, Failure, Observation, Severity } from '../check.ts';

/** The results of one subject. What is judged from one reading of the whole database has no time of its own: 0 ms. */
export function resultsOf(subject: string) {
  const about = (name: string) => ({ subject, name, elapsedMs: 0 });
  return {
    passed: (name: string, observations: number, notices: readonly string[] = []): CheckResult => ({
      ...about(name),
      status: 'passed',
      observations,
      ...(notices.length > 0 && { notices }),
    }),
    failed: (
      name: string,
      fix: string,
      differences: readonly Observation[],
      more: Partial<Pick<Failure, 'severity' | 'fixSql'>> = {},
    ): CheckResult => ({ ...about(name), status: 'failed', severity: 'medium', differences, fix, ...more }),
    notRun: (name: string, reason: string): CheckResult => ({ ...about(name), status: 'not run', reason }),
    /** Of `total` things those in `differences` are not so; nothing to look at is no proof. */
    judged: (
      name: string,
      fix: string,
      total: number,
      differences: readonly Observation[],
      more: { readonly severity?: Severity; readonly fixSql?: string } = {},
    ): CheckResult => {
      if (differences.length > 0)
        return { ...about(name), status: 'failed', severity: 'medium', differences, fix, ...more };
      if (total === 0) return { ...about(name), status: 'not run', reason: 'there is nothing to look at' };
      return { ...about(name), status: 'passed', observations: total };
    },
  };
}

const SHOWN = 10;

/** The first of the items, and how many there are more. */
export function listed(items: readonly string[]): string {
  const rest = items.length - SHOWN;
  return rest > 0 ? `${items.slice(0, SHOWN).join(', ')} and ${rest} more` : items.join(', ');
}
