import { sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { type MarkObjectsPurgedInput, markObjectsPurgedInput } from '../../types/inputs.ts';
import { parseInput } from '../input.ts';

const mark = statement<{ leaseId: string; ids: string }>()(
  { marked: sql<number>`marked` },
  (values, fields) => sql`
    SELECT ${fields} FROM public.mark_objects_purged(lease => ${values.leaseId}, ids => ${values.ids}::bigint[]) AS marked`,
);

/** See {@link DatabaseService.markObjectsPurged}. */
export async function markObjectsPurged(
  database: Executor,
  input: MarkObjectsPurgedInput,
  options?: RunOptions,
): Promise<number> {
  const { leaseId, ids } = parseInput(markObjectsPurgedInput, input);
  const [row] = await database.run(mark, { leaseId, ids: `{${ids.join()}}` }, options);
  return row?.marked ?? 0;
}
