import { appendFile, cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connectServer } from '@app/local-postgres';
import { type CheckResult, generateSchemaSql, loadConfig, reportOf, type VerifyConfig, verifyOn } from '@app/verifier';
import { beforeAll, expect, inject, test } from 'vitest';

/**
 * Statements at the end of a bad migration, by the finding that must report each. The properties of each kind of object are
 * in packages/verifier/test/support/damages.sql: both comparisons use the same code.
 */
const BAD_MIGRATIONS: readonly (readonly [what: string, statements: Readonly<Record<string, string>>])[] = [
  [
    'adds an object of each kind',
    {
      'extra: column public.uploads.note': 'ALTER TABLE public.uploads ADD note text',
      'extra: table public.notes': 'CREATE TABLE public.notes (id int PRIMARY KEY)',
      'extra: view public.keys': 'CREATE VIEW public.keys AS SELECT 1 AS file_key',
      'extra: view public.counted':
        'CREATE MATERIALIZED VIEW public.counted AS SELECT count(*) AS n FROM public.uploads',
      'extra: type public.tier': `CREATE TYPE public.tier AS ENUM ('free')`,
      'extra: type public.bytes': 'CREATE DOMAIN public.bytes AS bigint CHECK (VALUE > 0)',
      'extra: type public.pair': 'CREATE TYPE public.pair AS (first int, second int)',
      'extra: sequence public.numbers': 'CREATE SEQUENCE public.numbers',
      'extra: comment on column public.uploads.size_bytes': `COMMENT ON COLUMN public.uploads.size_bytes IS 'kilobytes'`,
      'extra: comment on table public.uploads': `COMMENT ON TABLE public.uploads IS 'keys'`,
      'extra: statistics public.by_owner':
        'CREATE STATISTICS public.by_owner ON user_id, content_type FROM public.uploads',
      'extra: rule keep on public.user_profiles':
        'CREATE RULE keep AS ON DELETE TO public.user_profiles DO INSTEAD NOTHING',
      'extra: constraint no_twins on public.library_tracks':
        'ALTER TABLE public.library_tracks ADD CONSTRAINT no_twins EXCLUDE USING btree (title WITH =)',
      'extra: index public.idx_uploads_title': 'CREATE INDEX idx_uploads_title ON public.uploads (title)',
      'extra: policy everything on public.library_tracks':
        'CREATE POLICY everything ON public.library_tracks FOR UPDATE TO authenticated USING (true)',
      'extra: function public.noop()': `CREATE FUNCTION public.noop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`,
      'extra: function public.nothing()': 'CREATE PROCEDURE public.nothing() LANGUAGE sql AS $$ SELECT 1 $$',
      'extra: trigger swallow on public.user_profiles':
        'CREATE TRIGGER swallow BEFORE INSERT ON public.user_profiles FOR EACH ROW EXECUTE FUNCTION public.noop()',
      'extra: grant on column public.library_tracks.file_key to anon':
        'GRANT SELECT (file_key) ON public.library_tracks TO anon',
      'extra: default privilege on functions of role postgres':
        'ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO anon',
      // The config does not name this schema.
      'extra: schema other': 'CREATE SCHEMA other',
      'extra: table other.copies': 'CREATE TABLE other.copies AS TABLE public.uploads',
    },
  ],
  [
    'changes or drops an object of each kind',
    {
      'changed: column public.library_tracks.duration_ms':
        'ALTER TABLE public.library_tracks ALTER duration_ms TYPE bigint',
      'changed: column public.library_tracks.genre':
        'ALTER TABLE public.library_tracks ALTER genre TYPE text COLLATE "C"',
      'changed: column public.uploads.updated_at': 'ALTER TABLE public.uploads ALTER updated_at DROP DEFAULT',
      'changed: constraint uploads_size_bytes_positive on public.uploads':
        'ALTER TABLE public.uploads DROP CONSTRAINT uploads_size_bytes_positive, ADD CONSTRAINT uploads_size_bytes_positive CHECK (size_bytes > -5)',
      'changed: index public.idx_uploads_file_key':
        'DROP INDEX public.idx_uploads_file_key; CREATE INDEX idx_uploads_file_key ON public.uploads (file_key)',
      'changed: policy uploads_select_own on public.uploads':
        'ALTER POLICY uploads_select_own ON public.uploads USING (true)',
      'changed: table public.upload_daily_usage': 'ALTER TABLE public.upload_daily_usage DISABLE ROW LEVEL SECURITY',
      'changed: trigger uploads_set_updated_at on public.uploads':
        'ALTER TABLE public.uploads DISABLE TRIGGER uploads_set_updated_at',
      'changed: function public.check_user_upload_quota(uuid,bigint,bigint)':
        'ALTER FUNCTION public.check_user_upload_quota(uuid, bigint, bigint) SET search_path = public',
      'changed: sequence public.deleted_objects_id_seq': 'ALTER SEQUENCE public.deleted_objects_id_seq CACHE 20 CYCLE',
      'changed: grant on table public.uploads to authenticated': 'GRANT DELETE ON public.uploads TO authenticated',
      'changed: schema private': 'ALTER SCHEMA private OWNER TO service_role',

      'missing: column public.library_tracks.album': 'ALTER TABLE public.library_tracks DROP COLUMN album',
      'missing: constraint uploads_title_check on public.uploads':
        'ALTER TABLE public.uploads DROP CONSTRAINT uploads_title_check',
      'missing: index public.idx_library_tracks_preview_key': 'DROP INDEX public.idx_library_tracks_preview_key',
      'missing: policy deleted_objects_no_client on public.deleted_objects':
        'DROP POLICY deleted_objects_no_client ON public.deleted_objects',
      'missing: trigger uploads_track_keys_truncate on public.uploads':
        'DROP TRIGGER uploads_track_keys_truncate ON public.uploads',
      'missing: function public.check_library_access(uuid,uuid)':
        'DROP FUNCTION public.check_library_access(uuid, uuid)',
      'missing: grant on column public.uploads.title to authenticated':
        'REVOKE UPDATE (title) ON public.uploads FROM authenticated',
      'missing: table public.user_profiles': 'DROP TABLE public.user_profiles',
    },
  ],
];

let config: VerifyConfig;
let exported: string;
beforeAll(async () => {
  // The prior state is not needed here.
  const { prior, prepare, ...rest } = await loadConfig(fileURLToPath(new URL('../verify.config.ts', import.meta.url)));
  config = rest;
  exported = await generateSchemaSql(config.drizzle ?? '');
});

async function prove(statements: readonly string[]): Promise<readonly CheckResult[]> {
  await using folder = await withStatements(config.migrations, statements);
  const server = connectServer(inject('verifyServer'));
  const tampered = { ...config, migrations: folder.path };
  return (await verifyOn(server, { config: tampered, only: ['source'] }, exported)).results;
}

function outcomeOf(results: readonly CheckResult[]) {
  return reportOf(results, { postgresMajor: 0, bootstrap: 'supabase', elapsedMs: 0 });
}

test('the unchanged migrations create the objects of the source', async () => {
  const results = await prove([]);
  expect(results.length).toBeGreaterThan(0);
  expect(results.filter(({ status }) => status !== 'passed')).toEqual([]);
  expect(outcomeOf(results).outcome).toBe('proved');
});

test('a migration that the server refuses never passes, and the reason is the message of the server', async () => {
  const results = await prove(['ALTER FUNCTION public.check_library_access(uuid, uuid) LEAKPROOF']);
  expect(outcomeOf(results).outcome).not.toBe('proved');
  expect(results).toContainEqual(
    expect.objectContaining({ status: 'not run', reason: expect.stringContaining('only superuser can define') }),
  );
});

test.each(BAD_MIGRATIONS)(
  'a migration that %s: each is a finding, nothing else is, and the printed statements restore the source',
  async (_, tamperings) => {
    const statements = Object.values(tamperings);
    const results = await prove(statements);
    const findings = results.flatMap((result) => (result.status === 'failed' ? [result] : []));
    expect(outcomeOf(results)).toMatchObject({ outcome: 'failed', totals: { notRun: 0 } });
    expect(findings.map(({ name }) => name).toSorted()).toEqual(Object.keys(tamperings).toSorted());
    // A migration runs in a transaction, where CREATE INDEX CONCURRENTLY is not possible.
    const fixes = findings.flatMap(({ fixSql }) => fixSql?.replaceAll(' CONCURRENTLY', '') ?? []);
    const left = (await prove([...statements, ...fixes])).filter(({ status }) => status !== 'passed');
    const byHand = findings.filter(({ fixSql }) => fixSql === undefined);
    expect(left.map(({ name }) => name)).toEqual(byHand.map(({ name }) => name));
  },
);

/** A copy of the folder with these statements at the end of the last migration. */
async function withStatements(folder: string, statements: readonly string[]) {
  const path = await mkdtemp(join(tmpdir(), 'verify-migrations-'));
  await cp(folder, path, { recursive: true });
  const journal: { entries: { tag: string }[] } = JSON.parse(await readFile(join(path, 'meta/_journal.json'), 'utf8'));
  const ending = statements.map((sql) => `--> statement-breakpoint\n${sql.replace(/;\s*$/, '')};\n`);
  await appendFile(join(path, `${journal.entries.at(-1)?.tag}.sql`), `\n${ending.join('')}`);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
