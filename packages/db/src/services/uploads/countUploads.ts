import { sql } from 'drizzle-orm';
import type { Executor, RunOptions } from '../../client.ts';
import { uploads } from '../../schema/index.ts';
import { type CountUploadsInput, countUploadsInput } from '../../types/inputs.ts';
import type { Count } from '../../types/music.ts';
import { countRows, countStatement } from '../count.ts';
import { parseInput } from '../input.ts';

const count = countStatement<{ userId: string }>(uploads, (values) => sql`${uploads.userId} = ${values.userId}`);

/** See {@link DatabaseService.countUploads}. */
export async function countUploads(database: Executor, input: CountUploadsInput, options?: RunOptions): Promise<Count> {
  const { userId, atMost } = parseInput(countUploadsInput, input);
  return countRows(database, count, { userId }, atMost, options);
}
