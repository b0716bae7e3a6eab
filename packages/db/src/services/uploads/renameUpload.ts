import { getTableColumns, sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { UploadNotFound } from '../../errors.ts';
import { uploads } from '../../schema/index.ts';
import { type RenameUploadInput, renameUploadInput } from '../../types/inputs.ts';
import type { Upload } from '../../types/music.ts';
import { parseInput } from '../input.ts';

const rename = statement<{ userId: string; id: string; title: string | null }>()(
  getTableColumns(uploads),
  (values, fields) => sql`
    UPDATE ${uploads}
       SET ${sql.identifier(uploads.title.name)} = ${values.title}
     WHERE ${uploads.userId} = ${values.userId} AND ${uploads.id} = ${values.id}
    RETURNING ${fields}`,
);

/** See {@link DatabaseService.renameUpload}. */
export async function renameUpload(
  database: Executor,
  input: RenameUploadInput,
  options?: RunOptions,
): Promise<Upload> {
  const values = parseInput(renameUploadInput, input);
  const [upload] = await database.run(rename, values, options);
  if (upload === undefined) throw new UploadNotFound(values.id);
  return upload;
}
