import {
  type Check,
  migrateOrFail,
  noDifference,
  type Observation,
  readTables,
  readWholeCatalog,
  runMigrations,
  type TableColumns,
  type TestDatabase,
  tableHashes,
} from '@app/verifier';
import { ALL_EQUAL, differingCounters } from '../sql/counterSums.ts';

/** The last file that applies while tracks lack a file_key, and the file that must stop the run. */
const LAST_BEFORE = '20250101000009_create_uploads_table';
const STOPS_AT = '20250101000010_add_preview_key_to_library';
const BEFORE_FILL = '20261125170003_protect_user_profiles';

/** Checks of how the migrations change the tables that the application had before. */
export const LEGACY_TABLES: readonly Check[] = [
  {
    name: 'tracks without a usable file_key stop the run before any change; after a repair the run continues',
    fix: `restore the guard at the head of ${STOPS_AT}.sql`,
    prove: async (database) => {
      const ids = await database.sql<{ id: string }[]>`
        UPDATE library_tracks AS t SET file_key = (ARRAY[NULL, '', U&'e\\0301.mp3', repeat('k', 1025)])[n]
          FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM library_tracks) AS numbered
         WHERE t.id = numbered.id AND n <= 4 RETURNING t.id`;
      const tables = await readTables(database);
      const before = await tableHashes(database.superuser, tables);
      const { outcome } = await runMigrations(database);
      const words = ['23502', '4 library_tracks', ...ids.map(({ id }) => id), 'Nothing was changed', 'migrate again'];
      const stopped = [...mentions(outcome, words), ...(await untouched(database, tables, before))];
      await database.sql`UPDATE library_tracks SET file_key = 'repaired/' || id WHERE id IN ${database.sql(ids.map(({ id }) => id))}`;
      const repaired = await runMigrations(database);
      return [
        ...stopped,
        { what: 'the run after the repair', expected: 'done', actual: repaired.outcome },
        { what: 'its first file', expected: STOPS_AT, actual: repaired.applied[0] ?? 'none' },
      ];
    },
  },
  {
    name: 'a missing optional column is added; a required column that is missing or of another type stops the run',
    fix: 'restore the comparison of columns in 20250101000008_baseline.sql',
    prove: async (database) => {
      const { sql } = database;
      const columns = async () => {
        const [row] = await sql<{ names: string }[]>`
          SELECT string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attname) AS names
            FROM pg_attribute WHERE attrelid = 'library_tracks'::regclass AND attname IN ('file_key', 'genre', 'title')`;
        return row?.names ?? 'none';
      };
      await sql.unsafe(`ALTER TABLE library_tracks ALTER title TYPE varchar(1500), DROP genre, DROP file_key`);
      const missing = await runMigrations(database);
      const untouched = await columns();
      await sql.unsafe('ALTER TABLE library_tracks ADD file_key integer');
      const mistyped = await runMigrations(database);
      await sql.unsafe(`ALTER TABLE library_tracks ALTER file_key TYPE text USING 'adopted/' || id`);
      const adopted = await runMigrations(database);
      return [
        ...mentions(missing.outcome, [
          'the existing table library_tracks has no column file_key',
          'Nothing was changed',
        ]),
        { what: 'columns after the stop', expected: 'title character varying(1500)', actual: untouched },
        ...mentions(mistyped.outcome, ['library_tracks.file_key is of type integer, not text']),
        { what: 'the run after the repair', expected: 'done', actual: adopted.outcome },
        {
          ...{ what: 'columns after it', expected: 'file_key text, genre text, title character varying(1500)' },
          actual: await columns(),
        },
      ];
    },
  },
  {
    name: 'a backfill of the counters that is interrupted in a batch resumes there, and counts each user once',
    fix: `restore the batches and the progress row of the file after ${BEFORE_FILL}`,
    thorough: true,
    prove: interruptBackfill,
  },
];

/** Interrupts two batches of 500 users once each, after 600 of their 1,000 counters. The third batch is smaller. */
async function interruptBackfill(database: TestDatabase): Promise<Observation[]> {
  const { sql, superuser } = database;
  const { outcome } = await runMigrations(database, { to: BEFORE_FILL });
  await superuser`INSERT INTO auth.users (id) SELECT md5('filled ' || n)::uuid FROM generate_series(1, 1200) AS n`;
  await sql.unsafe(`
    ALTER TABLE uploads DISABLE TRIGGER USER;
    INSERT INTO uploads (user_id, file_key, content_type, size_bytes, created_at)
      SELECT md5('filled ' || n)::uuid, n || '/' || copy, 'audio/mpeg', n, now() - copy * interval '30 hours'
        FROM generate_series(1, 1200) AS n, generate_series(1, 2) AS copy;
    ALTER TABLE uploads ENABLE TRIGGER USER;
    CREATE TABLE recounted (user_id uuid, day date);
    CREATE SEQUENCE attempts;
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO public.recounted VALUES (NEW.user_id, NEW.day);
      IF (SELECT count(*) % 1000 = 600 FROM public.recounted) AND nextval('public.attempts') % 2 = 1 THEN
        PERFORM pg_terminate_backend(pg_backend_pid());
      END IF;
      RETURN NULL; END $$;
    CREATE TRIGGER note AFTER UPDATE ON upload_daily_usage FOR EACH ROW EXECUTE FUNCTION note()`);
  const runs: string[] = [];
  while (runs.at(-1) !== 'done' && runs.length < 5) {
    // The migrator rejects for a lost connection: it is an error of the environment.
    runs.push(
      await runMigrations(database).then(
        ({ outcome }) => (outcome === 'done' ? outcome : 'ended'),
        () => 'ended',
      ),
    );
  }
  const [row] = await sql<{ counted: string; left: string | null }[]>`
    SELECT count(*) || ' of ' || count(DISTINCT (user_id, day)) AS counted, to_regclass('private.upload_usage_fill') AS left
      FROM recounted`;
  return [
    { what: 'the files before it', expected: 'done', actual: outcome },
    { what: 'the runs', expected: 'ended, ended, done', actual: runs.join(', ') },
    { what: 'counters written', expected: '2400 of 2400', actual: row?.counted ?? 'none' },
    { what: 'the progress row', expected: 'null', actual: String(row?.left) },
    { what: 'counters', expected: ALL_EQUAL, actual: await differingCounters(sql) },
  ];
}

function mentions(text: string, words: readonly string[]): Observation[] {
  return words.map((word) => ({
    what: 'the error mentions',
    expected: word,
    actual: text.includes(word) ? word : text,
  }));
}

/** The database has exactly the changes of the files before the one that stopped. */
async function untouched(
  database: TestDatabase,
  tables: readonly TableColumns[],
  before: readonly string[],
): Promise<Observation[]> {
  const stopped = await readWholeCatalog(database);
  await using other = await database.openAnother('prior');
  await migrateOrFail(other, LAST_BEFORE);
  const upToThere = await readWholeCatalog(other);
  const after = await tableHashes(database.superuser, tables);
  return [
    noDifference('catalog after the stop', upToThere, stopped),
    { what: 'rows after the stop', expected: before.join('\n'), actual: after.join('\n') },
  ];
}
