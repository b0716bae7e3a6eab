import type { LiveCheck } from '../config.ts';
import { firstItems, resultsOf } from '../results.ts';
import { liveCheck } from './reading.ts';

interface IndexUse {
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

/** Never fails: on a standby, on a new server and for a rare report an index that is needed looks unused. */
export function unusedIndexes(schemas: readonly string[]): LiveCheck {
  const about = { subject: 'health', name: 'indexes that no query used' };
  return liveCheck(
    about,
    async (savepoint) => {
      const [value] = await savepoint.unsafe<IndexUse[]>(USE, [JSON.stringify(schemas)]);
      return value === undefined ? { reason: 'the server returned no row' } : { value };
    },
    ({ total, unused, since }) => {
      const counted = since === null ? 'since the server was created' : `since ${since}`;
      const notices = unused.length === 0 ? [] : [`unused ${counted}: ${firstItems(unused)}`];
      return resultsOf(about.subject).passedResult(about.name, Math.max(total, 1), notices);
    },
  );
}
