import type postgres from 'postgres';

export const ALL_EQUAL = 'every counter is the sum';

/**
 * Each user and UTC day: `used` by the counter and `summed` over `uploads`. A counter of zero and no counter are the same.
 * @param users an SQL condition on user_id
 */
export function comparedCounters(users = 'true'): string {
  return `
  SELECT user_id, day, coalesce(used_bytes, 0) AS used, coalesce(bytes, 0) AS summed
    FROM (SELECT user_id, day, used_bytes FROM public.upload_daily_usage WHERE ${users}) AS counted
    FULL JOIN (
      SELECT user_id, (created_at AT TIME ZONE 'UTC')::date AS day, sum(size_bytes) AS bytes
        FROM public.uploads WHERE ${users} GROUP BY 1, 2
    ) AS held USING (user_id, day)`;
}

/** Names each counter that is not the sum over `uploads`. */
export async function differingCounters(sql: postgres.Sql | postgres.TransactionSql): Promise<string> {
  const rows = await sql.unsafe<{ line: string }[]>(
    `SELECT format('%s on %s: %s counted, %s uploaded', user_id, day, used, summed) AS line
      FROM (${comparedCounters()}) AS compared WHERE used <> summed ORDER BY user_id, day`,
  );
  return rows.map(({ line }) => line).join('; ') || ALL_EQUAL;
}
