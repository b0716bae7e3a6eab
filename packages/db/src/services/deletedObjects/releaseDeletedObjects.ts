import { sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { type ReleaseDeletedObjectsInput, releaseDeletedObjectsInput } from '../../types/inputs.ts';
import { parseInput } from '../input.ts';

const release = statement<{ leaseId: string; ids: string; error: string | null; retrySeconds: number | null }>()(
  { released: sql<number>`released` },
  (values, fields) => sql`
    SELECT ${fields}
      FROM public.release_deleted_objects(
             lease => ${values.leaseId}, ids => ${values.ids}::bigint[], error => ${values.error},
             retry_seconds => ${values.retrySeconds}
           ) AS released`,
);

/** See {@link DatabaseService.releaseDeletedObjects}. */
export async function releaseDeletedObjects(
  database: Executor,
  input: ReleaseDeletedObjectsInput,
  options?: RunOptions,
): Promise<number> {
  const { leaseId, ids, error = null, retrySeconds = null } = parseInput(releaseDeletedObjectsInput, input);
  const [row] = await database.run(release, { leaseId, ids: `{${ids.join()}}`, error, retrySeconds }, options);
  return row?.released ?? 0;
}
