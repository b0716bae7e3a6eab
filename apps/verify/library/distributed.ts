import { applyPlainPart, differencesOfNodes, isDistributed, type NodeDifference } from '@app/db/distributed';
import { liveCheck, resultsOf, type Variant } from '@app/verifier';
import type { ISql } from 'postgres';

const ABOUT = { subject: 'nodes', name: 'every worker has the functions, row security and rights of the coordinator' };
const { resultOf } = resultsOf(ABOUT.subject);

/** The media library on Citus: what `pnpm --filter db distribute` makes of it, on every node. */
export const distributed: Variant = {
  applies: isDistributed,
  apply: applyPlainPart,
  live: [liveCheck(ABOUT, readNodes, nodesResult)],
  // A worker numbers the outbox from a range of its own, past the coordinator's sequence.
  inapplicable: ['health: every sequence is past the values of its column'],
};

interface Nodes {
  readonly workers: number;
  readonly differences: readonly NodeDifference[];
}

async function readNodes(sql: ISql): Promise<{ readonly value: Nodes }> {
  const [row] = await sql<{ workers: number }[]>`
    SELECT count(*)::int AS workers FROM pg_dist_node WHERE groupid <> 0 AND isactive AND noderole = 'primary'`;
  return { value: { workers: row?.workers ?? 0, differences: await differencesOfNodes(sql) } };
}

function nodesResult({ workers, differences }: Nodes) {
  const observations = differences.map(({ node, object, expected = 'not there', actual = 'not there' }) => {
    return { what: `${object} on ${node}`, expected, actual };
  });
  return resultOf(ABOUT.name, 'Run: pnpm --filter db distribute', workers, observations, { severity: 'high' });
}
