import { readFileSync } from 'node:fs';
import { type Difference, diffCatalogs, readCatalog } from '@app/catalog';
import { describe, expect, test } from 'vitest';
import { bootstraps, useDatabase } from './support/database.ts';

const prd = readFileSync(new URL('./support/prd.sql', import.meta.url), 'utf8');

/** Every way in which the migrations' objects are other than the PRD's own; docs/schema.md gives the reasons. */
const tightenings = [
  'changed column public.uploads.created_at',
  'changed column public.uploads.updated_at',
  'changed function public.check_library_access(uuid,uuid)',
  'changed function public.check_user_upload_quota(uuid,bigint,bigint)',
  'changed index public.idx_uploads_file_key',
  'changed table public.library_tracks',
  'changed table public.uploads',
  'changed table public.user_profiles',
];

const say = ({ change, kind, identity }: Difference) => `${change} ${kind} ${identity}`;

describe.each(bootstraps)('the PRD against the migrations on %s', (bootstrap) => {
  const written = useDatabase(bootstrap, { migrated: false });
  const migrated = useDatabase(bootstrap);

  async function differences(): Promise<Difference[]> {
    await written.sql.unsafe(prd);
    const read = (db: typeof written) => readCatalog(db.sql, { schemas: ['public'] });
    return diffCatalogs(await read(written), await read(migrated));
  }

  test('each object of the PRD is there with the same definition, but for the listed tightenings', async () => {
    const found = (await differences()).filter(({ change, kind }) => change !== 'extra' && kind !== 'grant');

    expect(found.map(say).sort()).toEqual(tightenings);
  });

  test('a tightened object is what the tightening says and nothing else', async () => {
    const { sql } = migrated;
    const columns = await sql`
      SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns
       WHERE table_name = 'uploads' AND column_name LIKE '%ed_at' ORDER BY 1`;
    expect(columns).toEqual([
      { column_name: 'created_at', data_type: 'timestamp with time zone', is_nullable: 'NO', column_default: 'now()' },
      { column_name: 'updated_at', data_type: 'timestamp with time zone', is_nullable: 'NO', column_default: 'now()' },
    ]);
    expect(await sql`SELECT pg_get_indexdef('idx_uploads_file_key'::regclass) AS def`).toEqual([
      { def: 'CREATE INDEX idx_uploads_file_key ON public.uploads USING btree (file_key text_pattern_ops)' },
    ]);
    const functions = await sql`
      SELECT pg_get_function_arguments(oid) AS arguments, pg_get_function_result(oid) AS result, prosecdef, proconfig
        FROM pg_proc WHERE proname LIKE 'check\\_%' AND pronamespace = 'public'::regnamespace ORDER BY proname`;
    expect(functions).toEqual([
      { arguments: 'user_id uuid, track_id uuid', result: 'boolean', prosecdef: true, proconfig: ['search_path=""'] },
      {
        arguments: 'user_id uuid, file_size bigint, quota_limit bigint DEFAULT 100000000',
        result: 'boolean',
        prosecdef: true,
        proconfig: ['search_path=""'],
      },
    ]);
  });
});
