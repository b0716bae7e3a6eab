import { getTableColumns, sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { Unexpected } from '../../errors.ts';
import { uploads } from '../../schema/index.ts';
import { type CreateUploadInput, createUploadInput } from '../../types/inputs.ts';
import type { Upload } from '../../types/music.ts';
import { parseInput } from '../input.ts';
import { newId } from '../newId.ts';
import { uploadObjectKey } from '../objectKey.ts';

interface Values {
  readonly id: string;
  readonly userId: string;
  readonly fileKey: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  readonly title: string | null;
  readonly quotaLimitBytes: number;
}

// A coordinator of Citus hands a call over to the node of its owner's rows in this form alone: by itself in FROM, its arguments in
// their order, each a parameter.
const create = statement<Values>()(
  getTableColumns(uploads),
  (values, fields) => sql`
    SELECT ${fields}
      FROM public.create_upload(
        ${values.userId}, ${values.fileKey}, ${values.contentType}, ${values.sizeBytes}, ${values.title},
        ${values.quotaLimitBytes}, ${values.id}
      ) AS ${uploads}`,
);

/** See {@link DatabaseService.createUpload}. */
export async function createUpload(
  database: Executor,
  input: CreateUploadInput,
  options?: RunOptions,
): Promise<Upload> {
  const { id = newId(), fileKey, title = null, ...given } = parseInput(createUploadInput, input);
  const values = { ...given, id, title, fileKey: fileKey ?? uploadObjectKey({ userId: given.userId, id }) };
  const [upload] = await database.run(create, values, options);
  if (upload === undefined) throw new Unexpected('create_upload returned no row.');
  return upload;
}
