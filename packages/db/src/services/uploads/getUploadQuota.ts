import { sql } from 'drizzle-orm';
import { type Executor, expression, type RunOptions, statement } from '../../client.ts';
import { Unexpected } from '../../errors.ts';
import { uploadDailyUsage } from '../../schema/index.ts';
import { type GetUploadQuotaInput, getUploadQuotaInput } from '../../types/inputs.ts';
import type { UploadQuota } from '../../types/music.ts';
import { parseInput } from '../input.ts';

const read = statement<{ userId: string }>()(
  {
    // Where the user has no row, the aggregate gives 0.
    usedBytes: expression(sql`coalesce(max(${uploadDailyUsage.usedBytes}), 0)`, (bytes: string) => Number(bytes)),
    resetsAt: expression(
      sql`(date_trunc('day', now() AT TIME ZONE 'UTC') + interval '1 day') AT TIME ZONE 'UTC'`,
      (time: string) => new Date(time),
    ),
  },
  (values, fields) => sql`
    SELECT ${fields}
      FROM ${uploadDailyUsage}
     WHERE ${uploadDailyUsage.userId} = ${values.userId}
       AND ${uploadDailyUsage.day} = (now() AT TIME ZONE 'UTC')::date`,
);

/** See {@link DatabaseService.getUploadQuota}. */
export async function getUploadQuota(
  database: Executor,
  input: GetUploadQuotaInput,
  options?: RunOptions,
): Promise<UploadQuota> {
  const { userId, quotaLimitBytes: limitBytes } = parseInput(getUploadQuotaInput, input);
  const [row] = await database.run(read, { userId }, options);
  if (row === undefined) throw new Unexpected('An aggregate returned no row.');
  return { ...row, limitBytes, remainingBytes: Math.max(limitBytes - row.usedBytes, 0) };
}
