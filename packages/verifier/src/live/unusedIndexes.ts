import type postgres from 'postgres';
import type { CheckResult } from '../check.ts';
import { firstItems, resultsOf } from '../results.ts';
import { isRead, type Read, tryRead } from './reading.ts';

const NAME = 'indexes that no query used';
const { passedResult, notRunResult } = resultsOf('health');

export interface IndexUse {
  readonly total: number;
  readonly unused: readonly string[];
  /** When the statistics were last reset; null where they never were. */
  readonly since: string | null;
}

// A unique index is useful without queries: it refuses duplicates.
const USE = `
  SELECT count(*)::int AS total,
    coalesce(jsonb_agg(format('%I.%I', s.schemaname, s.indexrelname) ORDER BY s.schemaname, s.indexrelname)
      FILTER (WHERE s.idx_scan = 0 AND NOT i.indisunique), '[]') AS unused,
    (SELECT d.stats_reset::text FROM pg_stat_database d WHERE d.datname = current_database()) AS since
  FROM pg_stat_user_indexes s JOIN pg_index i USING (indexrelid)
  WHERE s.schemaname IN (SELECT jsonb_array_elements_text($1::text::jsonb))`;

export async function readIndexUse(
  transaction: postgres.TransactionSql,
  schemas: readonly string[],
): Promise<Read<IndexUse>> {
  return await tryRead<IndexUse>(transaction, async (savepoint) => {
    const [value] = await savepoint.unsafe<IndexUse[]>(USE, [JSON.stringify(schemas)]);
    return value === undefined ? { reason: 'the server returned no row' } : { value };
  });
}

/** Never fails: on a standby, on a new server and for a rare report an index that is needed looks unused. */
export function indexUseResult(use: Read<IndexUse>): CheckResult {
  if (!isRead(use)) return notRunResult(NAME, use.reason);
  const { total, unused, since } = use.value;
  if (total === 0) return notRunResult(NAME, 'there is no index');
  const counted = since === null ? 'since the server was created' : `since ${since}`;
  return passedResult(NAME, total, unused.length === 0 ? [] : [`unused ${counted}: ${firstItems(unused)}`]);
}
