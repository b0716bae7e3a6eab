import { type CheckResult, idOf } from './check.ts';
import type { Acceptance } from './config.ts';
import { resultsOf } from './results.ts';

const { failedResult, passedResult } = resultsOf('accepted findings');

/**
 * Marks the failures that the config accepts, and adds one result for `accept`: it fails where an entry matches no failure.
 * @param isComplete every subject ran; otherwise an entry of a subject without results is not checked
 */
export function withAccepted(
  results: readonly CheckResult[],
  accept: readonly Acceptance[],
  isComplete: boolean,
): CheckResult[] {
  if (accept.length === 0) return [...results];
  const reasons = new Map(accept.map(({ finding, reason }) => [finding, reason]));
  const failures = new Set(results.filter(({ status }) => status === 'failed').map(idOf));
  const subjects = [...new Set(results.map(({ subject }) => subject))];
  const unused = accept
    .filter(({ finding }) => !failures.has(finding))
    .filter(({ finding }) => isComplete || subjects.some((subject) => finding.startsWith(`${subject}: `)));
  const marked = results.map((result): CheckResult => {
    const reason = reasons.get(idOf(result));
    if (result.status !== 'failed' || reason === undefined) return result;
    return { ...result, status: 'accepted', reason };
  });
  const name = 'every entry of `accept` matches a finding';
  const differences = unused.map(({ finding }) => ({
    what: finding,
    expected: 'a finding',
    actual: 'no such finding',
  }));
  const fix = 'remove the entry from `accept` of the config: no check fails under that name any more';
  return [...marked, unused.length > 0 ? failedResult(name, fix, differences) : passedResult(name, accept.length)];
}
