import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrate } from '@app/migrator';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { Project } from '../support/project.ts';

const db = useDatabase('plain', { migrated: false });
const dev = useDatabase('plain', { migrated: false });
let project: Project;
beforeEach(() => {
  project = new Project();
});
afterEach(() => project[Symbol.dispose]());

const addColumn = (name: string) =>
  project.edit('src/schema/userProfiles.ts', "tier: text('tier'", `${name}: text('${name}'),\n    tier: text('tier'`);

/** The journal with one entry less: what a person does by hand after a merge. */
function removeEntry(tag: string): void {
  const journal = JSON.parse(project.read('migrations/meta/_journal.json')) as { entries: { tag: string }[] };
  const entries = journal.entries.filter((entry) => entry.tag !== tag);
  project.write('migrations/meta/_journal.json', JSON.stringify({ ...journal, entries }, null, 2));
}

test('two branches that each generated are refused after the merge, and the way out that is named works', async () => {
  project.write('.gitignore', 'node_modules\n');
  project.git('init', '--quiet', '--initial-branch=main');
  project.git('add', '.');
  project.git('commit', '--quiet', '-m', 'start');
  const migrationsOn = async (branch: string, column: string) => {
    project.git('checkout', '--quiet', '-b', branch, 'main');
    addColumn(column);
    const { status, output, written } = await project.generate(`add_${column}`);
    expect(status, output).toBe(0);
    project.git('add', '.');
    project.git('commit', '--quiet', '-m', column);
    return written[0]?.replace('.sql', '') ?? '';
  };
  await migrationsOn('first', 'nickname');
  await sleep(1_100);
  const later = await migrationsOn('second', 'motto');
  expect(() => project.git('merge', '--quiet', 'first')).toThrow();

  const conflicted = await project.generate('after_the_merge');
  expect(conflicted).toMatchObject({
    status: 2,
    written: [],
    output: expect.stringContaining('_journal.json is not JSON'),
  });

  // Both entries are kept, as an editor's "accept both changes" does; the schema has both columns.
  project.git('checkout', '--theirs', 'packages/db/migrations/meta/_journal.json');
  const journal = JSON.parse(project.read('migrations/meta/_journal.json')) as {
    entries: { tag: string; idx: number }[];
  };
  const ours = JSON.parse(project.git('show', 'second:packages/db/migrations/meta/_journal.json')) as typeof journal;
  const entry = ours.entries.at(-1);
  if (entry === undefined) throw new Error('the branch has no migration');
  project.write(
    'migrations/meta/_journal.json',
    JSON.stringify({ ...journal, entries: [...journal.entries, { ...entry, idx: entry.idx + 1 }] }, null, 2),
  );
  project.git('checkout', 'main', '--', 'packages/db/src/schema/userProfiles.ts');
  addColumn('nickname');
  addColumn('motto');

  const refused = await project.generate('after_the_merge');
  expect(refused).toMatchObject({ status: 2, written: [] });
  expect(refused.output).toContain(`${later} was not generated on top of`);
  expect(refused.output).toContain(
    `delete migrations/${later}.sql, migrations/meta/${later.slice(0, 14)}_snapshot.json`,
  );
  expect(await project.run('checkMigrations')).toMatchObject({
    status: 1,
    output: expect.stringContaining(`${later} was not generated on top of`),
  });

  project.remove(`migrations/${later}.sql`);
  project.remove(`migrations/meta/${later.slice(0, 14)}_snapshot.json`);
  removeEntry(later);
  const anew = await project.generate('add_motto');
  expect(anew.status, anew.output).toBe(0);
  expect(project.read(`migrations/${anew.written[0]}`)).toBe('ALTER TABLE "user_profiles" ADD COLUMN "motto" text;\n');
  expect(await project.run('checkMigrations')).toMatchObject({ status: 0 });
  await migrate({ folder: project.migrations, url: db.database.url });
  expect(
    await db.sql`SELECT attname FROM pg_attribute WHERE attrelid = 'user_profiles'::regclass
      AND attname IN ('nickname', 'motto') ORDER BY 1`,
  ).toEqual([{ attname: 'motto' }, { attname: 'nickname' }]);
}, 600_000);

test('a missing snapshot is found by generate and by check', async () => {
  const snapshots = project.files().filter((file) => file.endsWith('_snapshot.json'));
  const newest = snapshots.at(-1);
  project.remove(`migrations/${newest}`);

  for (const ran of [await project.generate('anything'), await project.run('checkMigrations')]) {
    expect(ran.output).toContain(`migrations/${newest}, the snapshot of `);
    expect(ran.output).toContain('is missing: restore it from version control');
    expect(ran.status).not.toBe(0);
  }
}, 300_000);

test('of two that generate at once neither is lost, also where the clock is behind the newest migration', async () => {
  const journal = JSON.parse(project.read('migrations/meta/_journal.json')) as {
    entries: { tag: string; when: number }[];
  };
  const newest = journal.entries.at(-1);
  if (newest === undefined) throw new Error('the journal is empty');
  // As if a machine whose clock is ahead had generated it.
  newest.when = Date.now() + 86_400_000;
  project.write('migrations/meta/_journal.json', JSON.stringify(journal, null, 2));

  const [one, other] = await Promise.all([project.generate('one', '--custom'), project.generate('other', '--custom')]);

  expect(one.status, one.output).toBe(0);
  expect(other.status, other.output).toBe(0);
  const after = JSON.parse(project.read('migrations/meta/_journal.json')) as typeof journal;
  const added = after.entries.slice(journal.entries.length);
  expect(added.map(({ tag }) => tag.replace(/^\d+_/, '')).sort()).toEqual(['one', 'other']);
  expect(added.map(({ when }) => when)).toEqual([newest.when + 1, newest.when + 2]);
  expect(await project.run('checkMigrations')).toMatchObject({ status: 0 });
}, 300_000);

test('a clone with CRLF line ends, as on Windows, has no difference', async () => {
  const gitAttributes = readFileSync(new URL('../../../../.gitattributes', import.meta.url), 'utf8');
  expect(gitAttributes).toContain('eol=lf');
  const files = [
    ...project.files().map((file) => `migrations/${file}`),
    ...readdirSync(join(project.folder, 'src/functions')).map((file) => `src/functions/${file}`),
  ].filter((file) => /\.(sql|json)$/.test(file));
  expect(files.length).toBeGreaterThan(40);
  for (const file of files) project.write(file, project.read(file).replaceAll('\n', '\r\n'));

  expect(await project.generate('nothing')).toMatchObject({
    status: 0,
    written: [],
    output: expect.stringContaining('nothing was written'),
  });
  expect(await project.run('checkMigrations')).toMatchObject({ status: 0 });
}, 300_000);

test('dev generates and applies in one, and refuses a database on another machine', async () => {
  addColumn('nickname');
  const remote = { DATABASE_URL: 'postgres://someone:hunter2@db.example.com/app' };
  expect(await project.run('generate', ['--apply'], { env: remote })).toMatchObject({
    status: 2,
    written: [],
    output: 'error: DATABASE_URL names a database on another machine: run generate, review it, then migrate.\n',
  });

  const { status, output, written } = await project.run('generate', ['--apply', '--name', 'add_nickname'], {
    env: { DATABASE_URL: dev.database.url },
  });

  expect(status, output).toBe(0);
  expect(written[0]).toMatch(/_add_nickname\.sql$/);
  expect(await dev.sql`SELECT nickname FROM user_profiles`).toEqual([]);
}, 300_000);

test('--help writes nothing', async () => {
  const before = project.files();

  expect(await project.run('generate', ['--help'])).toMatchObject({ status: 0, written: [] });
  expect(await project.run('dumpSchema', ['--help'])).toMatchObject({ status: 0, written: [] });
  expect(project.files()).toEqual(before);
}, 60_000);

test.runIf(process.getuid?.() === 0)(
  'a read-only checkout is one sentence',
  async () => {
    chmodSync(project.root, 0o755);
    const { status, output } = await project.run('generate', ['--name', 'anything'], { uid: 65_534 });

    expect(output).toMatch(/^error: The checkout has to be writable: EACCES.*\n$/);
    expect(status).toBe(2);
  },
  60_000,
);
