import { groupBy } from '@app/catalog';
import { type CheckResult, idOf, type Observation, type Severity } from '../../check.ts';

/** Results with the same reason. One mistake often fails many checks. */
export interface Reason {
  /** The highest severity of the results; absent where none of them failed. */
  readonly severity?: Severity;
  readonly results: readonly CheckResult[];
}

const SEVERITIES: readonly Severity[] = ['high', 'medium', 'low'];

/** Groups results by reason, the highest severity first; checks that did not run come last. */
export function reasonsOf(results: readonly CheckResult[]): Reason[] {
  const reasons = [...groupBy(results, keyOf).values()].map((group) => {
    const severity = SEVERITIES.find((candidate) => group.some((it) => failureOf(it)?.severity === candidate));
    return { results: group, ...(severity !== undefined && { severity }) };
  });
  const rank = ({ severity }: Reason) => (severity === undefined ? SEVERITIES.length : SEVERITIES.indexOf(severity));
  return reasons.toSorted((a, b) => rank(a) - rank(b));
}

export function failureOf(result: CheckResult) {
  return result.status === 'failed' || result.status === 'accepted' ? result : undefined;
}

const SQLSTATE = /^[0-9A-Z]{5}: /;

/** Results have the same reason if PostgreSQL raised the same error, or if their fixes and differences are equal. */
function keyOf(result: CheckResult): string {
  const reason = 'reason' in result ? result.reason : '';
  const failure = failureOf(result);
  if (failure === undefined) return JSON.stringify([result.status, reason]);
  const isError = failure.differences.every(({ actual }) => SQLSTATE.test(actual));
  const fix = isError ? '' : withoutName(result, failure.fix);
  const differences = differencesOf(result).map(({ expected, actual }) => [expected, actual]);
  return JSON.stringify([result.status, reason, fix, differences]);
}

/** The text with `…` in place of the check's name. */
export function withoutName({ name }: Pick<CheckResult, 'name'>, text: string): string {
  const literal = name.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
  return text.replace(new RegExp(`(?<!\\w)${literal}(?!\\w)`, 'g'), '…');
}

/** The differences that all results have, without the names of the checks. */
export function sharedDifferences(results: readonly CheckResult[]): Observation[] {
  const [first = [], ...others] = results.map(differencesOf);
  return first.map((it, at) => (others.every((other) => other[at]?.what === it.what) ? it : { ...it, what: '' }));
}

function differencesOf(result: CheckResult): Observation[] {
  const anonymous = (text: string) => withoutName(result, text);
  return (failureOf(result)?.differences ?? []).map(({ what, expected, actual }) => ({
    ...{ what: anonymous(what), expected: anonymous(expected), actual: anonymous(actual) },
  }));
}

/** Ids of the page's findings, made from their names so that they are the same in every run. Equal ids get a number. */
export function anchorsOf(results: readonly CheckResult[]): Map<CheckResult, string> {
  const readable = (result: CheckResult) => `finding-${idOf(result).replace(/\W+/g, '-').slice(0, 80)}`;
  const numbered = ([id, sameId]: [string, CheckResult[]]) =>
    sameId.map((result, index): [CheckResult, string] => [result, index === 0 ? id : `${id}-${index + 1}`]);
  return new Map([...groupBy(results, readable)].flatMap(numbered));
}
