import type { Sql, TransactionSql } from 'postgres';

/** Where the day counters are not the sum over `uploads`; empty when they agree. No row and a zero are the same. */
export async function counterMismatches(sql: Sql | TransactionSql): Promise<readonly unknown[]> {
  return await sql`
    SELECT user_id, day, coalesce(counted.used_bytes, 0) AS counted, coalesce(summed.bytes, 0) AS summed
      FROM upload_daily_usage AS counted
      FULL JOIN (
        SELECT user_id, (created_at AT TIME ZONE 'UTC')::date AS day, sum(size_bytes) AS bytes FROM uploads GROUP BY 1, 2
      ) AS summed USING (user_id, day)
     WHERE coalesce(counted.used_bytes, 0) <> coalesce(summed.bytes, 0)`;
}
