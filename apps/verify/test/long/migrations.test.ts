import { migrationsOf, runCheck } from '@app/verifier';
import { expect, test } from 'vitest';
import config from '../../verify.config.ts';
import { appended, editedFolder, type MigrationEdit } from '../support/editedMigrations.ts';
import { databases } from '../support/server.ts';

interface TamperingCase extends MigrationEdit {
  readonly check: string;
  readonly what: string;
  /** What the result must contain. */
  readonly evidence: RegExp;
}

const FUNCTIONS_FILE = '20250101000011_add_quota_functions';

/** Adds a track at each run and at each retry for the lock: it commits before it waits for the lock. */
const ADD_TRACK = `DO $$ BEGIN
  INSERT INTO library_tracks (id, title, file_key, created_at)
    SELECT md5(count(*)::text)::uuid, 'once more', 'once/more', '2025-01-01Z' FROM library_tracks;
  COMMIT;
  LOCK TABLE library_tracks IN SHARE MODE;
END $$`;

const TABLE_NAMED_AFTER_SESSION = `DO $$ BEGIN EXECUTE 'CREATE TABLE session_' || pg_backend_pid() || ' ()'; END $$`;

const LOCKED_FOR_LONG = 'LOCK TABLE library_tracks IN SHARE MODE; SELECT pg_sleep(6)';

const FIRST_CHANGE =
  'ALTER TABLE library_tracks ADD COLUMN IF NOT EXISTS preview_key text;\n--> statement-breakpoint\n';

const TAMPERINGS: readonly TamperingCase[] = [
  {
    check: 'the migrations keep the existing rows',
    what: 'a title is trimmed',
    evidence: /public.library_tracks.*40 rows, md5 .*40 rows, md5 /,
    file: FUNCTIONS_FILE,
    change: appended('UPDATE library_tracks SET title = trim(title)'),
  },
  {
    check: 'the migrations keep the existing rows',
    what: 'a row is deleted',
    evidence: /public.library_tracks.*40 rows.*39 rows/,
    file: FUNCTIONS_FILE,
    change: appended('DELETE FROM library_tracks WHERE duration_ms IS NULL'),
  },
  {
    check: 'an empty database ends in the same schema as the prior state',
    what: 'the baseline creates another default than the application had',
    evidence: /changed column public.library_tracks.artist/,
    file: '20250101000008_baseline',
    change: (text) => text.replace('"artist" text', `"artist" text DEFAULT 'unknown'`),
  },
  {
    check: 'a second run changes nothing',
    what: 'applied files are not recorded, so that a second run applies them again',
    evidence: /upload_daily_usage.*already exists/,
    file: FUNCTIONS_FILE,
    change: appended('CREATE OR REPLACE RULE forget AS ON INSERT TO drizzle.__drizzle_migrations DO INSTEAD NOTHING'),
  },
  {
    check: 'the ledger lists each file once, with its hash',
    what: 'a file is recorded under another hash',
    evidence: / x/,
    file: FUNCTIONS_FILE,
    change: appended(`UPDATE drizzle.__drizzle_migrations SET hash = 'x' WHERE id = 1`),
  },
  {
    check: 'tracks without a usable file_key stop the run before any change; after a repair the run continues',
    what: 'the guard is missing',
    evidence: /the error mentions/,
    file: '20250101000010_add_preview_key_to_library',
    change: (text) => text.replace(/DO \$\$[\s\S]*?END;\n\$\$;\n--> statement-breakpoint\n/, ''),
  },
  {
    check: 'tracks without a usable file_key stop the run before any change; after a repair the run continues',
    what: 'the guard comes after the first change',
    evidence: /extra column public.library_tracks.preview_key/,
    file: '20250101000010_add_preview_key_to_library',
    change: (text) => text.replace('DO $$', (guard) => `${FIRST_CHANGE}${guard}`),
  },
  {
    check: 'the migrations keep the existing rows, at 0 rows',
    what: 'an empty table gets a row',
    evidence: /public.library_tracks.*0 rows, md5 of nothing.*1 rows, md5 /,
    file: FUNCTIONS_FILE,
    change: appended(`INSERT INTO library_tracks (title, file_key) VALUES ('Welcome', 'welcome.mp3')`),
  },
  ...['10,000', '200,000'].map((rows) => ({
    check: `the migrations keep the existing rows, at ${rows} rows`,
    what: 'one title is trimmed',
    evidence: new RegExp(
      `public.library_tracks.*${rows.replace(',', '')} rows, md5 .*${rows.replace(',', '')} rows, md5 `,
    ),
    file: FUNCTIONS_FILE,
    change: appended(`UPDATE library_tracks SET title = trim(title) WHERE title = ' Track № 7777 '`),
    files: 4,
  })),
  {
    check: 'a run for each file ends in the same state as one run of all files',
    what: 'the objects of a file depend on the session',
    evidence: /end state: catalog.*missing table public.session_\d+.*extra table public.session_/,
    file: FUNCTIONS_FILE,
    change: appended(TABLE_NAMED_AFTER_SESSION),
  },
  {
    check: '8 concurrent runners apply each file once',
    what: 'applied files are not recorded, so that the next runner applies them again',
    evidence: /the runs.*upload_daily_usage.*already exists/,
    file: FUNCTIONS_FILE,
    change: appended('CREATE OR REPLACE RULE forget AS ON INSERT TO drizzle.__drizzle_migrations DO INSTEAD NOTHING'),
  },
  {
    check: 'a run interrupted by kill -9 within a file can be run again',
    what: 'a committed part of the file is repeated',
    evidence: /in 20250101000011.*rows.*41 rows.*(?:4[2-9]|[5-9]\d) rows/,
    file: FUNCTIONS_FILE,
    change: (text) => `-- migrate: no-transaction\n${ADD_TRACK};\n--> statement-breakpoint\n${text}`,
  },
  {
    check: 'a run interrupted by kill -9 within any file can be run again',
    what: 'a committed part of the file is repeated',
    evidence: /in 20250101000009.*rows.*41 rows.*(?:4[2-9]|[5-9]\d) rows/,
    file: '20250101000009_create_uploads_table',
    change: (text) => `-- migrate: no-transaction\n${ADD_TRACK};\n--> statement-breakpoint\n${text}`,
    files: 2,
  },
  {
    check: 'no migration blocks a write for more than 2,000 ms, at 10,000 rows',
    what: 'a file holds a lock for longer',
    // The file holds auth.users as well, since a foreign key refers to it.
    evidence:
      /add_quota_functions: longest blocked write.*at most 2,000 ms.*ms on (?:public.library_tracks|auth.users)/,
    file: FUNCTIONS_FILE,
    change: appended(LOCKED_FOR_LONG),
    files: 4,
  },
  {
    check: 'no migration blocks a write for more than 2,000 ms, at 10,000 rows',
    what: 'a file makes writes of the application fail',
    evidence: /add_quota_functions: writes refused.*public.library_tracks: 42501 no writing/,
    file: FUNCTIONS_FILE,
    change: appended(`CREATE FUNCTION no_writing() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE insufficient_privilege USING MESSAGE = 'no writing'; END $$;
      CREATE TRIGGER no_writing BEFORE UPDATE ON library_tracks FOR EACH ROW EXECUTE FUNCTION no_writing()`),
    files: 4,
  },
];

const migrations = migrationsOf(config);

test('every migration check of the verifier has a change that makes it fail', () => {
  const tampered = new Set(TAMPERINGS.map(({ check }) => check));
  const { checks } = migrationsOf({ ...config, subjects: [] });
  // The check at 200,000 rows is that at 10,000 rows, and would take minutes for its three attempts.
  const names = checks.map(({ name }) => name).filter((name) => !name.includes('2,000 ms, at 200,000'));
  expect(names.filter((name) => !tampered.has(name))).toEqual([]);
});

test.each(TAMPERINGS)('$check: fails when $what', { timeout: 600_000 }, async ({ check, evidence, ...tampering }) => {
  const tried = migrations.checks.find(({ name }) => name === check);
  if (tried === undefined) throw new Error(`there is no check ${check}`);
  await using folder = await editedFolder(tampering);
  await using database = await databases({ migrations: folder.path })('prior');
  const result = await runCheck(migrations, tried, database);
  expect(result).toMatchObject({ status: 'failed' });
  expect(JSON.stringify(result)).toMatch(evidence);
});
