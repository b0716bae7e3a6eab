import { sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { type CheckLibraryAccessInput, checkLibraryAccessInput } from '../../types/inputs.ts';
import { parseInput } from '../input.ts';

const check = statement<{ userId: string; trackId: string }>()(
  { may: sql<boolean>`may` },
  (values, fields) => sql`
    SELECT ${fields}
      FROM public.check_library_access(user_id => ${values.userId}, track_id => ${values.trackId}) AS may`,
);

/** See {@link DatabaseService.checkLibraryAccess}. */
export async function checkLibraryAccess(
  database: Executor,
  input: CheckLibraryAccessInput,
  options?: RunOptions,
): Promise<boolean> {
  const [row] = await database.run(check, parseInput(checkLibraryAccessInput, input), options);
  return row?.may === true;
}
