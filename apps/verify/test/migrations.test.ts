import { expect, test } from 'vitest';
import type { Subject } from '../src/check.ts';
import { subjectsOf } from '../src/checks/index.ts';
import { runCheck } from '../src/run.ts';
import config from '../verify.config.ts';
import { checkOf } from './support/breakage.ts';
import { openScenes } from './support/server.ts';
import { appended, type Tampering, tamperedFolder } from './support/tampering.ts';

interface SeenTampering extends Tampering {
  readonly check: string;
  readonly what: string;
  /** What the check must say that it found. */
  readonly evidence: RegExp;
}

const FUNCTIONS_FILE = '20250101000011_add_quota_functions';

const FIRST_CHANGE =
  'ALTER TABLE library_tracks ADD COLUMN IF NOT EXISTS preview_key text;\n--> statement-breakpoint\n';

const TAMPERINGS: readonly SeenTampering[] = [
  {
    check: 'the rows that were there are the same afterwards',
    what: 'a title is tidied up',
    evidence: /public.library_tracks.*40 rows, md5 .*40 rows, md5 /,
    file: FUNCTIONS_FILE,
    change: appended('UPDATE library_tracks SET title = trim(title)'),
  },
  {
    check: 'the rows that were there are the same afterwards',
    what: 'a row is deleted',
    evidence: /public.library_tracks.*40 rows.*39 rows/,
    file: FUNCTIONS_FILE,
    change: appended('DELETE FROM library_tracks WHERE duration_ms IS NULL'),
  },
  {
    check: 'an empty database ends in the same schema as the legacy one',
    what: 'the baseline creates something else than the application had',
    evidence: /changed column public.library_tracks.artist/,
    file: '20250101000008_baseline',
    change: (text) => text.replace('"artist" text', `"artist" text DEFAULT 'unknown'`),
  },
  {
    check: 'a second run changes nothing',
    what: 'files are not recorded, so they are applied again',
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
    check: 'tracks without a file_key stop the run before it changes anything, and their repair lets it go on',
    what: 'the guard is gone',
    evidence: /the error mentions/,
    file: '20250101000010_add_preview_key_to_library',
    change: (text) => text.replace(/DO \$\$[\s\S]*?END;\n\$\$;\n--> statement-breakpoint\n/, ''),
  },
  {
    check: 'tracks without a file_key stop the run before it changes anything, and their repair lets it go on',
    what: 'the guard comes after the first change',
    evidence: /extra column public.library_tracks.preview_key/,
    file: '20250101000010_add_preview_key_to_library',
    change: (text) => text.replace('DO $$', (guard) => `${FIRST_CHANGE}${guard}`),
  },
];

const migrations = migrationsOf(subjectsOf(config, undefined));

function migrationsOf(subjects: readonly Subject[]): Subject {
  const found = subjects.find(({ name }) => name === 'migrations');
  if (found === undefined) throw new Error('there is no subject migrations');
  return found;
}

test('every check of the migrations has something that it is seen to fail on', () => {
  const tampered = new Set(TAMPERINGS.map(({ check }) => check));
  expect(migrations.checks.map(({ name }) => name).filter((name) => !tampered.has(name))).toEqual([]);
});

test.each(migrations.checks)('$name: passes on the migrations as they are', async (check) => {
  await using scene = await openScenes()('legacy');
  expect(await runCheck(migrations, check, scene)).toMatchObject({ status: 'passed' });
});

test.each(TAMPERINGS)('$check: $what is seen', async ({ check, evidence, ...tampering }) => {
  await using folder = await tamperedFolder(tampering);
  await using scene = await openScenes({ migrations: folder.path })('legacy');
  const result = await runCheck(migrations, checkOf(migrations, check), scene);
  expect(result).toMatchObject({ status: 'failed' });
  expect(JSON.stringify(result)).toMatch(evidence);
});
