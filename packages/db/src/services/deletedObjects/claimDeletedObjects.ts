import { sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { deletedObjects } from '../../schema/index.ts';
import { type ClaimDeletedObjectsInput, claimDeletedObjectsInput } from '../../types/inputs.ts';
import type { Claim } from '../../types/music.ts';
import { parseInput } from '../input.ts';

const { id, fileKey, source, userId, sizeBytes, deletedAt, attempts, leaseId } = deletedObjects;

const claim = statement<{ batchSize: number; leaseSeconds: number }>()(
  { id, fileKey, source, userId, sizeBytes, deletedAt, attempts, leaseId },
  (values, fields) => sql`
    SELECT ${fields}
      FROM public.claim_deleted_objects(batch_size => ${values.batchSize}, lease_seconds => ${values.leaseSeconds})
           AS ${deletedObjects}
     ORDER BY ${id}`,
);

/** See {@link DatabaseService.claimDeletedObjects}. */
export async function claimDeletedObjects(
  database: Executor,
  input: ClaimDeletedObjectsInput = {},
  options?: RunOptions,
): Promise<Claim> {
  const rows = await database.run(claim, parseInput(claimDeletedObjectsInput, input), options);
  return { leaseId: rows[0]?.leaseId ?? null, objects: rows.map(({ leaseId: _, ...object }) => object) };
}
