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

// The function is called in the select list: in FROM, each call would copy the table's descriptor and its CHECKs twice.
const create = statement<Values>()(
  getTableColumns(uploads),
  (values, fields) => sql`
    SELECT ${fields}
      FROM (
        SELECT (made.upload).* FROM (
          SELECT public.create_upload(
            user_id => ${values.userId}, file_key => ${values.fileKey}, content_type => ${values.contentType},
            size_bytes => ${values.sizeBytes}, title => ${values.title}, quota_limit => ${values.quotaLimitBytes},
            id => ${values.id}
          ) AS upload
        ) AS made
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
