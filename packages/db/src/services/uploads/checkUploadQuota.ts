import { sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { type CheckUploadQuotaInput, checkUploadQuotaInput } from '../../types/inputs.ts';
import { parseInput } from '../input.ts';

const check = statement<{ userId: string; sizeBytes: number; quotaLimitBytes: number }>()(
  { fits: sql<boolean>`fits` },
  (values, fields) => sql`
    SELECT ${fields}
      FROM public.check_user_upload_quota(
             user_id => ${values.userId}, file_size => ${values.sizeBytes}, quota_limit => ${values.quotaLimitBytes}
           ) AS fits`,
);

/** See {@link DatabaseService.checkUploadQuota}. */
export async function checkUploadQuota(
  database: Executor,
  input: CheckUploadQuotaInput,
  options?: RunOptions,
): Promise<boolean> {
  const [row] = await database.run(check, parseInput(checkUploadQuotaInput, input), options);
  return row?.fits === true;
}
