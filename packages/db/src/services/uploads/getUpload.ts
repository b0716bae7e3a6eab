import { getTableColumns, sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { uploads } from '../../schema/index.ts';
import { type GetUploadInput, getUploadInput } from '../../types/inputs.ts';
import type { Upload } from '../../types/music.ts';
import { parseInput } from '../input.ts';

const read = statement<{ userId: string; id: string }>()(
  getTableColumns(uploads),
  (values, fields) => sql`
    SELECT ${fields} FROM ${uploads} WHERE ${uploads.userId} = ${values.userId} AND ${uploads.id} = ${values.id}`,
);

/** See {@link DatabaseService.getUpload}. */
export async function getUpload(
  database: Executor,
  input: GetUploadInput,
  options?: RunOptions,
): Promise<Upload | null> {
  const [upload] = await database.run(read, parseInput(getUploadInput, input), options);
  return upload ?? null;
}
