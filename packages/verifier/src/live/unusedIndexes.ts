import type postgres from 'postgres';
import type { CheckResult } from '../check.ts';
import { listed, resultsOf } from '../compare/results.ts';
import { isRead, type Read, tryRead } from './reading.ts';

const NAME = 'indexes that no query used';
const { passed, notRun } = resultsOf('health');

export interface IndexUse {
  readonly total: number;
  readonly unused: readonly string[];
  /** When the server last began to count; null when it never began anew. */
  readonly since: string | null;
}

// A unique index earns its keep by what it refuses.
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
    return value === undefined ? { reason: 'the server gave no answer' } : { value };
  });
}

/** Never a failure: a standby, a new server and a rare report look the same from here. */
export function indexUseResult(use: Read<IndexUse>): CheckResult {
  if (!isRead(use)) return notRun(NAME, use.reason);
  const { total, unused, since } = use.value;
  if (total === 0) return notRun(NAME, 'there is no index to look at');
  const counted = since === null ? 'since the server counts' : `since ${since}`;
  return passed(NAME, total, unused.length === 0 ? [] : [`unused ${counted}: ${listed(unused)}`]);
}
