import { migrate } from '@app/migrator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useDatabase } from '../support/database.ts';
import { Project } from '../support/project.ts';

const db = useDatabase('plain', { migrated: false });
let project: Project;
beforeAll(() => {
  project = new Project();
});
afterAll(() => project[Symbol.dispose]());

test('nothing is written where nothing changed, though a file was renamed', async () => {
  const before = project.files();
  project.write('src/functions/moved.sql', project.read('src/functions/set_updated_at.sql'));
  project.remove('src/functions/set_updated_at.sql');

  const ran = await project.generate('nothing');

  expect(ran).toMatchObject({ status: 0, output: expect.stringContaining('nothing was written') });
  expect(project.files()).toEqual(before);
  expect(await project.run('checkMigrations')).toMatchObject({ status: 0 });
}, 300_000);

test('what changed is written once, with the drops that it needs, in an order that applies', async () => {
  project.edit('src/functions/used_upload_bytes.sql', '), 0);', '), 0); -- as of then');
  project.edit(
    'src/functions/check_library_access.sql',
    '  track_id uuid\n)',
    '  track_id uuid,\n  strict boolean DEFAULT true\n)',
  );
  project.edit('src/functions/check_library_access.sql', '(uuid, uuid)', '(uuid, uuid, boolean)');
  project.remove('src/functions/uploads_set_updated_at.sql');
  // A CHECK that calls a new function, on a new column: the function has to be there first.
  project.write(
    'src/functions/is_nickname.sql',
    'CREATE OR REPLACE FUNCTION private.is_nickname(value text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT private.is_short(value) $$;\n',
  );
  // By name it comes after the function whose body calls it.
  project.write(
    'src/functions/is_short.sql',
    'CREATE OR REPLACE FUNCTION private.is_short(value text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT length(value) < 30 $$;\n',
  );
  project.edit('src/schema/userProfiles.ts', "tier: text('tier'", "nickname: text('nickname'),\n    tier: text('tier'");
  project.edit(
    'src/schema/userProfiles.ts',
    "    pgPolicy('user_profiles_select_own'",
    "    check('user_profiles_nickname_check', sql`private.is_nickname(nickname)`),\n    pgPolicy('user_profiles_select_own'",
  );

  const { written, output, status } = await project.generate('everything');

  expect(status, output).toBe(0);
  expect(written).toEqual([
    expect.stringMatching(/^\d{14}_everything\.sql$/),
    expect.stringMatching(/^meta\/\d{14}_snapshot\.json$/),
  ]);
  const text = project.read(`migrations/${written[0]}`);
  const places = [
    'DROP TRIGGER uploads_set_updated_at ON public.uploads;',
    'DROP FUNCTION public.check_library_access(uuid, uuid);',
    'ALTER TABLE "user_profiles" ADD COLUMN "nickname" text;',
    'FUNCTION private.is_short',
    'FUNCTION private.is_nickname',
    'ADD CONSTRAINT "user_profiles_nickname_check"',
  ].map((part) => text.indexOf(part));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(places).not.toContain(-1);
  expect(text).toContain('-- as of then');
  expect(text.match(/^-- object: /gm)).toHaveLength(5);

  expect(await project.run('checkMigrations')).toMatchObject({ status: 0 });
  await migrate({ folder: project.migrations, url: db.database.url });
  expect(
    await db.sql`SELECT pg_get_function_arguments(oid) AS arguments FROM pg_proc WHERE proname = 'check_library_access'`,
  ).toEqual([{ arguments: 'user_id uuid, track_id uuid, strict boolean DEFAULT true' }]);
  expect(await db.sql`SELECT FROM pg_trigger WHERE tgname = 'uploads_set_updated_at'`).toHaveLength(0);
  expect(await project.generate('nothing_more')).toMatchObject({ status: 0, written: [] });
}, 400_000);

test('what the server refuses is shown and not written', async () => {
  const before = project.files();
  const journal = project.read('migrations/meta/_journal.json');
  // The CHECKs of two tables call it: it cannot be made anew.
  project.edit('src/functions/is_object_key.sql', 'is_object_key(value text)', 'is_object_key(object_key text)');
  project.edit('src/functions/is_object_key.sql', '(value)', '(object_key)');

  const { status, output } = await project.generate('rename_parameter');

  expect(output).toContain('2BP01 cannot drop function private.is_object_key(text) because other objects depend on it');
  expect(output).toContain('uploads_file_key_check');
  expect(status).toBe(1);
  expect(project.files()).toEqual(before);
  expect(project.read('migrations/meta/_journal.json')).toBe(journal);
}, 300_000);
