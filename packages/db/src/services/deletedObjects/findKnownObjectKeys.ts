import { sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { type FindKnownObjectKeysInput, findKnownObjectKeysInput } from '../../types/inputs.ts';
import { parseInput } from '../input.ts';

const find = statement<{ fileKeys: string }>()(
  { fileKey: sql<string>`known.file_key` },
  (values, fields) => sql`
    SELECT ${fields}
      FROM public.find_known_object_keys(
             file_keys => ARRAY(SELECT jsonb_array_elements_text(${values.fileKeys}::jsonb))
           ) AS known (file_key)`,
);

/** See {@link DatabaseService.findKnownObjectKeys}. */
export async function findKnownObjectKeys(
  database: Executor,
  input: FindKnownObjectKeysInput,
  options?: RunOptions,
): Promise<ReadonlySet<string>> {
  const { fileKeys } = parseInput(findKnownObjectKeysInput, input);
  const rows = await database.run(find, { fileKeys: JSON.stringify(fileKeys) }, options);
  return new Set(rows.map(({ fileKey }) => fileKey));
}
