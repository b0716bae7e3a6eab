import { groupBy } from '@app/catalog';
import { type CheckResult, idOf, type Observation, type Severity } from '../../check.ts';

/** Results that share one reason: one mistake often fails many checks. */
export interface Reason {
  /** The worst of its results; absent where none of them failed. */
  readonly severity?: Severity;
  readonly results: readonly CheckResult[];
}

const SEVERITIES: readonly Severity[] = ['high', 'medium', 'low'];

/** The worst first, checks that were not run last. */
export function reasonsOf(results: readonly CheckResult[]): Reason[] {
  const reasons = [...groupBy(results, keyOf).values()].map((own) => {
    const severity = SEVERITIES.find((candidate) => own.some((it) => failureOf(it)?.severity === candidate));
    return { results: own, ...(severity !== undefined && { severity }) };
  });
  const rank = ({ severity }: Reason) => (severity === undefined ? SEVERITIES.length : SEVERITIES.indexOf(severity));
  return reasons.toSorted((a, b) => rank(a) - rank(b));
}

export function failureOf(result: CheckResult) {
  return result.status === 'failed' || result.status === 'accepted' ? result : undefined;
}

const SQLSTATE = /^[0-9A-Z]{5}: /;

/** The same words of PostgreSQL have one reason; otherwise the same fix of the same differences has one. */
function keyOf(result: CheckResult): string {
  const reason = 'reason' in result ? result.reason : '';
  const failure = failureOf(result);
  if (failure === undefined) return JSON.stringify([result.status, reason]);
  const isError = failure.differences.every(({ actual }) => SQLSTATE.test(actual));
  const fix = isError ? '' : withoutName(result, failure.fix);
  const differences = differencesOf(result).map(({ expected, actual }) => [expected, actual]);
  return JSON.stringify([result.status, reason, fix, differences]);
}

/** With `…` in the place of what the check is named after. */
export function withoutName({ name }: Pick<CheckResult, 'name'>, text: string): string {
  const literal = name.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&');
  return text.replace(new RegExp(`(?<!\\w)${literal}(?!\\w)`, 'g'), '…');
}

/** The differences that all of them have, without the names of the checks. */
export function sharedDifferences(results: readonly CheckResult[]): Observation[] {
  const [first = [], ...others] = results.map(differencesOf);
  return first.map((it, at) => (others.every((other) => other[at]?.what === it.what) ? it : { ...it, what: '' }));
}

function differencesOf(result: CheckResult): Observation[] {
  const without = (text: string) => withoutName(result, text);
  return (failureOf(result)?.differences ?? []).map(({ what, expected, actual }) => ({
    ...{ what: without(what), expected: without(expected), actual: without(actual) },
  }));
}

/** Ids for the page, the same in every run: readable, with a number where two names read alike. */
export function anchorsOf(results: readonly CheckResult[]): Map<CheckResult, string> {
  const readable = (result: CheckResult) => `finding-${idOf(result).replace(/\W+/g, '-').slice(0, 80)}`;
  const numbered = ([id, own]: [string, CheckResult[]]) =>
    own.map((result, index): [CheckResult, string] => [result, index === 0 ? id : `${id}-${index + 1}`]);
  return new Map([...groupBy(results, readable)].flatMap(numbered));
}
