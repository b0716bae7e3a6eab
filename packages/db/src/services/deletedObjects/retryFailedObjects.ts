import { sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { type RetryFailedObjectsInput, retryFailedObjectsInput } from '../../types/inputs.ts';
import { parseInput } from '../input.ts';

const retry = statement<{ ids: string }>()(
  { retried: sql<number>`retried` },
  (values, fields) => sql`SELECT ${fields} FROM public.retry_failed_objects(ids => ${values.ids}::bigint[]) AS retried`,
);

/** See {@link DatabaseService.retryFailedObjects}. */
export async function retryFailedObjects(
  database: Executor,
  input: RetryFailedObjectsInput,
  options?: RunOptions,
): Promise<number> {
  const { ids } = parseInput(retryFailedObjectsInput, input);
  const [row] = await database.run(retry, { ids: `{${ids.join()}}` }, options);
  return row?.retried ?? 0;
}
