import { type CheckResult, idOf } from './check.ts';
import { resultsOf } from './compare/results.ts';
import type { Acceptance } from './config.ts';

const SUBJECT = 'accepted findings';
const { failed, passed } = resultsOf(SUBJECT);

/**
 * Marks the failures that the config accepts, and adds a result for the list itself, which fails for an entry that names
 * no failure. `isWhole`: every subject ran, so that entries of subjects without results are judged as well.
 */
export function withAccepted(
  results: readonly CheckResult[],
  accept: readonly Acceptance[],
  isWhole: boolean,
): CheckResult[] {
  const reasons = new Map(accept.map(({ finding, reason }) => [finding, reason]));
  const findings = new Set(results.filter(({ status }) => status === 'failed').map(idOf));
  const ran = new Set(results.map(({ subject }) => subject));
  const idle = accept
    .filter(({ finding }) => !findings.has(finding))
    .filter(({ finding }) => isWhole || [...ran].some((subject) => finding.startsWith(`${subject}: `)));
  const marked = results.map((result): CheckResult => {
    const reason = reasons.get(idOf(result));
    if (result.status !== 'failed' || reason === undefined) return result;
    return { ...result, status: 'accepted', reason };
  });
  if (accept.length === 0) return marked;
  const name = 'every accepted finding is one';
  const differences = idle.map(({ finding }) => ({
    what: finding,
    expected: 'a finding',
    actual: 'none by that name',
  }));
  const fix = 'take it out of `accept` of the config: nothing fails by that name any more';
  return [...marked, idle.length > 0 ? failed(name, fix, differences) : passed(name, accept.length)];
}
