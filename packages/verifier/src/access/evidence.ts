import type { Observation } from '../check.ts';
import type { AccessEvidence } from '../evidence.ts';

/** The first observations carry the matrix's rows: a report collects them from there. There are never more rows. */
export function withRows(observations: readonly Observation[], rows: readonly AccessEvidence[]): Observation[] {
  return observations.map((observation, index) => {
    const evidence = rows[index];
    return evidence === undefined ? observation : { ...observation, evidence };
  });
}
