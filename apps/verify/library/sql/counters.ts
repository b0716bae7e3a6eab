import type postgres from 'postgres';

export const NONE_DIFFER = 'every counter is the sum';

// FULL JOIN: a counter without uploads must be 0, and uploads without a counter must not be.
const DIFFERING = `
  SELECT user_id || ' on ' || day || ': ' || coalesce(used_bytes::text, 'no counter') || ' counted, ' || coalesce(bytes, 0) || ' uploaded' AS line
    FROM public.upload_daily_usage
    FULL JOIN (
      SELECT user_id, (created_at AT TIME ZONE 'UTC')::date AS day, sum(size_bytes) AS bytes FROM public.uploads GROUP BY 1, 2
    ) AS held USING (user_id, day)
    WHERE coalesce(used_bytes, 0) <> coalesce(bytes, 0) ORDER BY user_id, day`;

/** Where `upload_daily_usage` is not the sum over `uploads`, in words. */
export async function differingCounters(sql: postgres.Sql | postgres.TransactionSql): Promise<string> {
  const rows = await sql.unsafe<{ line: string }[]>(DIFFERING);
  return rows.map(({ line }) => line).join('; ') || NONE_DIFFER;
}
