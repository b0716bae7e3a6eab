import { applyPlainPart, differencesOfNodes, isDistributed } from '@app/db/distributed';
import { type CheckResult, isRead, resultsOf, tryRead, type Variant } from '@app/verifier';
import type postgres from 'postgres';

const NAME = 'every worker has the functions, row security and rights of the coordinator';
const { notRunResult, resultOf } = resultsOf('nodes');

/** The media library on Citus: what `pnpm --filter db distribute` makes of it, on every node. */
export const distributed: Variant = {
  applies: isDistributed,
  apply: applyPlainPart,
  live: [{ inspect: compareNodes, notRun: (reason) => notRunResult(NAME, reason) }],
  // A worker numbers the outbox from a range of its own, past the coordinator's sequence.
  inapplicable: ['health: every sequence is past the values of its column'],
};

async function compareNodes(transaction: postgres.TransactionSql): Promise<CheckResult> {
  const found = await tryRead(transaction, async (savepoint) => {
    const [row] = await savepoint<{ workers: number }[]>`
      SELECT count(*)::int AS workers FROM pg_dist_node WHERE groupid <> 0 AND isactive AND noderole = 'primary'`;
    return { value: { workers: row?.workers ?? 0, differences: await differencesOfNodes(savepoint) } };
  });
  if (!isRead(found)) return notRunResult(NAME, found.reason);
  const { workers, differences } = found.value;
  const observations = differences.map(({ node, object, expected = 'not there', actual = 'not there' }) => {
    return { what: `${object} on ${node}`, expected, actual };
  });
  return resultOf(NAME, 'Run: pnpm --filter db distribute', workers, observations, { severity: 'high' });
}
