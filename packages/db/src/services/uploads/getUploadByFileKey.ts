import { getTableColumns, sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { uploads } from '../../schema/index.ts';
import { type GetUploadByFileKeyInput, getUploadByFileKeyInput } from '../../types/inputs.ts';
import type { Upload } from '../../types/music.ts';
import { parseInput } from '../input.ts';

const read = statement<{ userId: string; fileKey: string }>()(
  getTableColumns(uploads),
  (values, fields) => sql`
    SELECT ${fields}
      FROM ${uploads}
     WHERE ${uploads.userId} = ${values.userId} AND ${uploads.fileKey} = ${values.fileKey}`,
);

/** See {@link DatabaseService.getUploadByFileKey}. */
export async function getUploadByFileKey(
  database: Executor,
  input: GetUploadByFileKeyInput,
  options?: RunOptions,
): Promise<Upload | null> {
  const [upload] = await database.run(read, parseInput(getUploadByFileKeyInput, input), options);
  return upload ?? null;
}
