import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrate } from '@app/migrator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { useDatabase } from './support/database.ts';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const db = useDatabase('plain', { migrated: false });

/** A copy of this package that generate may write to, with the same dependencies. */
let copy: string;
beforeAll(() => {
  const scratch = join(packageFolder, '../../.local');
  mkdirSync(scratch, { recursive: true });
  copy = mkdtempSync(join(scratch, 'generate-'));
  for (const part of ['src', 'migrations', 'package.json', 'drizzle.config.ts']) {
    cpSync(join(packageFolder, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(packageFolder, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

const migrations = () => readdirSync(join(copy, 'migrations')).filter((file) => file.endsWith('.sql'));
const objectFile = (name: string) => join(copy, 'src/functions', `${name}.sql`);

function edit(file: string, change: (text: string) => string): void {
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}

/** Runs generate in the copy, and gives the text of the migration that it wrote, if it wrote one. */
function generate(name: string): string | undefined {
  const before = migrations();
  const args = ['--import', 'tsx/esm', 'src/commands/generate.ts', '--name', name];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: copy,
    encoding: 'utf8',
    timeout: 150_000,
  });
  expect(status, stdout + stderr).toBe(0);
  const [written] = migrations().filter((file) => !before.includes(file));
  return written === undefined ? undefined : readFileSync(join(copy, 'migrations', written), 'utf8');
}

test('nothing is written where nothing changed; what changed is appended once, with the drops that it needs', async () => {
  expect(generate('nothing')).toBeUndefined();

  edit(objectFile('used_upload_bytes'), (text) => text.replace('), 0);', '), 0); -- as of then'));
  const body = generate('change_body');
  expect(body).toContain('-- object: used_upload_bytes');
  expect(body).toContain('-- as of then');
  expect(body).not.toContain('DROP');
  expect(body?.match(/^-- object: /gm)).toHaveLength(1);

  edit(objectFile('check_library_access'), (text) =>
    text
      .replace('  track_id uuid\n)', '  track_id uuid,\n  strict boolean DEFAULT true\n)')
      .replaceAll('(uuid, uuid)', '(uuid, uuid, boolean)'),
  );
  rmSync(objectFile('uploads_set_updated_at'));
  edit(join(copy, 'src/schema/userProfiles.ts'), (text) =>
    text.replace("tier: text('tier'", "nickname: text('nickname'),\n    tier: text('tier'"),
  );
  const both = generate('change_signature') ?? '';
  expect(both).toContain('ALTER TABLE "user_profiles" ADD COLUMN "nickname" text;');
  expect(both).toContain('DROP TRIGGER uploads_set_updated_at ON public.uploads;');
  expect(both.indexOf('DROP FUNCTION public.check_library_access(uuid, uuid);')).toBeGreaterThan(0);
  expect(both.indexOf('DROP FUNCTION')).toBeLessThan(both.indexOf('strict boolean'));

  expect(generate('nothing_more')).toBeUndefined();
  await migrate({ folder: join(copy, 'migrations'), url: db.database.url });
  expect(
    await db.sql`SELECT pg_get_function_arguments(oid) AS arguments FROM pg_proc WHERE proname = 'check_library_access'`,
  ).toEqual([{ arguments: 'user_id uuid, track_id uuid, strict boolean DEFAULT true' }]);
  expect(await db.sql`SELECT FROM pg_trigger WHERE tgname = 'uploads_set_updated_at'`).toHaveLength(0);
}, 300_000);
