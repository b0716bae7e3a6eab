import type { Observation } from '../check.ts';
import type { AccessEvidence } from '../evidence.ts';
import type { MatrixProbe, Tried } from '../sql/actors.ts';

/** What was observed of an object, with a row of the matrix for each operation that was tried. */
export function withMatrix(object: string, tried: readonly Tried<MatrixProbe>[]): Observation[] {
  const operations = new Set(tried.map(({ probe }) => probe.operation));
  const rows = [...operations].map((operation) => rowOf(object, operation, tried));
  return tried.map(({ observation, probe }, index) => {
    const isFirst = tried.findIndex((other) => other.probe.operation === probe.operation) === index;
    const evidence = isFirst ? rows.find(({ operation }) => operation === probe.operation) : undefined;
    return evidence === undefined ? observation : { ...observation, evidence };
  });
}

/** By role what was found: the outcome that was expected where every probe agreed, else what the first other came to. */
function rowOf(object: string, operation: string, tried: readonly Tried<MatrixProbe>[]): AccessEvidence {
  const outcomes: Record<string, string> = {};
  for (const { actor, probe, observation } of tried) {
    if (probe.operation !== operation) continue;
    const isSo = observation.actual === observation.expected;
    if (isSo) outcomes[actor.name] ??= probe.outcome;
    else outcomes[actor.name] = `not ${probe.outcome}: ${observation.actual}`;
  }
  return { kind: 'access', object, operation, outcomes };
}
