import { getTableColumns, sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { UploadNotFound } from '../../errors.ts';
import { uploads } from '../../schema/index.ts';
import { type DeleteUploadInput, deleteUploadInput } from '../../types/inputs.ts';
import type { Upload } from '../../types/music.ts';
import { parseInput } from '../input.ts';

const remove = statement<{ userId: string; id: string }>()(
  getTableColumns(uploads),
  (values, fields) => sql`
    DELETE FROM ${uploads} WHERE ${uploads.userId} = ${values.userId} AND ${uploads.id} = ${values.id} RETURNING ${fields}`,
);

/** See {@link DatabaseService.deleteUpload}. */
export async function deleteUpload(
  database: Executor,
  input: DeleteUploadInput,
  options?: RunOptions,
): Promise<Upload> {
  const values = parseInput(deleteUploadInput, input);
  const [upload] = await database.run(remove, values, options);
  if (upload === undefined) throw new UploadNotFound(values.id);
  return upload;
}
