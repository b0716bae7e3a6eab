import { sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { deletedObjects } from '../../schema/index.ts';
import { type ListFailedObjectsInput, listFailedObjectsInput } from '../../types/inputs.ts';
import type { FailedObject } from '../../types/music.ts';
import { parseInput } from '../input.ts';

const { id, fileKey, source, userId, sizeBytes, deletedAt, attempts, lastError, failedAt } = deletedObjects;

const list = statement<{ afterId: number; limit: number }>()(
  { id, fileKey, source, userId, sizeBytes, deletedAt, attempts, lastError, failedAt },
  (values, fields) => sql`
    SELECT ${fields}
      FROM ${deletedObjects}
     WHERE ${deletedObjects.purgedAt} IS NULL AND ${failedAt} IS NOT NULL AND ${id} > ${values.afterId}::bigint
     ORDER BY ${id}
     LIMIT ${values.limit}`,
);

/** See {@link DatabaseService.listFailedObjects}. */
export async function listFailedObjects(
  database: Executor,
  input: ListFailedObjectsInput = {},
  options?: RunOptions,
): Promise<readonly FailedObject[]> {
  const rows = await database.run(list, parseInput(listFailedObjectsInput, input), options);
  return rows as readonly FailedObject[];
}
