import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrationsFolder } from '@app/db/migrations';
import { main } from '@app/verifier/main';
import { expect, onTestFinished, test, vi } from 'vitest';
import { appended, editedFolder } from './support/editedMigrations.ts';

interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const VERIFY = fileURLToPath(new URL('..', import.meta.url));
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

function start(file: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(file, args, { cwd, env: { ...process.env, ...env }, timeout: 150_000 }, (error, stdout, stderr) => {
      resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** Runs the command in this process: a process of its own takes two seconds to load. */
async function verify(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const printed = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    vi.spyOn(process[stream], 'write').mockImplementation((text) => {
      printed[stream] += text;
      return true;
    });
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  try {
    return { exitCode: await main(['node', 'verify', ...args], join(VERIFY, 'verify.config.ts')), ...printed };
  } finally {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  }
}

test('the root script passes arguments and exit code through; with --json standard output is the report only', async () => {
  const pnpm = process.env.npm_execpath ?? 'pnpm';
  expect(await start(pnpm, ['verify', '--only', 'nothing'], ROOT)).toMatchObject({ exitCode: 2 });
  const { exitCode, stdout, stderr } = await start(pnpm, ['verify', '--json', '--only', 'tables'], ROOT);
  expect(JSON.parse(stdout)).toMatchObject({ version: 1, outcome: 'proved', totals: { failed: 0, notRun: 0 } });
  expect(stderr).toContain('starting a server');
  expect(exitCode).toBe(0);
});

test('a wrong migration is reported and exits with 1; the text has no colour without a terminal', async () => {
  await using folder = await editedFolder({
    file: '20250101000011_add_quota_functions',
    change: appended('ALTER TABLE uploads DROP CONSTRAINT uploads_user_id_fkey'),
  });
  const args = ['main.ts', '--only', 'tables', '--only', 'source', '--migrations', folder.path];
  const { exitCode, stdout } = await start('node_modules/.bin/tsx', args, VERIFY, { FORCE_COLOR: '' });
  expect(stdout).toContain('✗ missing: constraint uploads_user_id_fkey on public.uploads (medium)');
  expect(stdout).toContain('ALTER TABLE public.uploads ADD CONSTRAINT uploads_user_id_fkey FOREIGN KEY');
  expect(stdout).toMatch(/✗ uploads: uploads_user_id_fkey[\s\S]*expected {2}refused: 23503 uploads_user_id_fkey\n/);
  expect(stdout).toMatch(/ {2}✓ user_profiles: user_profiles_user_id_fkey\n/);
  expect(stdout).not.toContain('\u001b');
  expect(exitCode).toBe(1);
});

test('a run that cannot begin prints the reason in one sentence and exits with 2', async () => {
  const noServer = { POSTGRES_BIN_DIR: '/nonexistent' };
  const table = await verify([], noServer);
  const json = await verify(['--json'], noServer);
  const unknown = await verify(['--only', 'nothing']);
  expect([table, json, unknown].map(({ exitCode }) => exitCode)).toEqual([2, 2, 2]);
  expect(table.stderr).toMatch(/verify could not run: .*\/nonexistent.*\n$/);
  expect(JSON.parse(json.stdout)).toMatchObject({
    ...{ version: 1, outcome: 'could not run', reason: expect.stringContaining('/nonexistent') },
  });
  expect(unknown.stderr).toContain('There is no subject nothing.');
});

test.each([
  ['a missing config', ['--config', 'none.config.ts'], 'There is no config file'],
  ['a folder without a journal', ['--migrations', 'none'], 'is not a Drizzle migrations folder'],
  [
    'a password on the command line',
    ['--url', 'postgres://me:secret@localhost/db'],
    'the process list shows a password',
  ],
  ['--url without a URL', ['--url'], 'DATABASE_URL, which is not set'],
])('%s prints one sentence and exits with 2', async (_, args, sentence) => {
  const { exitCode, stderr } = await verify(args, { DATABASE_URL: '' });
  expect(stderr).toContain(sentence);
  expect(stderr).not.toContain('secret');
  expect(exitCode).toBe(2);
});

const MIGRATIONS = `migrations: ${JSON.stringify(migrationsFolder)}, schemas: ['public', 'private'], bootstrap: 'supabase'`;

/** A user's folder with these files. */
async function userFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'verify-user-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

test.each([
  ['a config that exports nothing', 'export const migrations = 1;', /must export defineConfig/],
  ['a config without schemas', `export default { migrations: 'x', schemas: [] };`, /is not valid: `schemas`/],
  ['a config that throws', `throw new Error('no such day');`, /cannot be loaded: no such day/],
  [
    'an accepted finding without a reason',
    `export default { ${MIGRATIONS}, accept: [{ finding: 'source: x', reason: '' }] };`,
    /is not valid: `accept\.0\.reason`/,
  ],
  [
    'a history that ends in no migration',
    `export default { ${MIGRATIONS}, after: '0009_none' };`,
    /has no such migration/,
  ],
  [
    'a schema that drizzle-kit cannot export',
    `export default { ${MIGRATIONS}, drizzle: './drizzle.config.ts' };`,
    /drizzle-kit generates no schema from .*No schema files found/,
  ],
])('%s prints one sentence and exits with 2', async (_, config, sentence) => {
  const drizzle = `export default { dialect: 'postgresql', schema: './none.ts' };`;
  const folder = await userFolder({ 'verify.config.ts': config, 'drizzle.config.ts': drizzle });
  const { exitCode, stdout, stderr } = await verify(['--config', 'verify.config.ts'], { INIT_CWD: folder });
  expect(stderr).toMatch(/verify could not run: .*\n$/);
  expect(stderr).toMatch(sentence);
  expect(stderr).not.toMatch(/^ +at /m);
  expect(stdout).toBe('');
  expect(exitCode).toBe(2);
});

test("relative paths of config and report start from the user's folder; an `accept` without a finding exits with 1", async () => {
  const accept = `accept: [{ finding: 'security: nothing', reason: 'gone' }]`;
  const security = `security: { served: ['public'], hidden: ['private'], clients: ['anon'], services: ['service_role'] }`;
  const folder = await userFolder({ 'my.config.ts': `export default { ${MIGRATIONS}, ${security}, ${accept} };` });
  const args = ['--config', './my.config.ts', '--only', 'security', '--junit', 'report.xml'];
  const { exitCode, stdout, stderr } = await verify(args, { INIT_CWD: folder });
  expect(stdout).toMatch(/✗ every entry of `accept` matches a finding[\s\S]*security: nothing/);
  expect(stderr).toContain(`Wrote ${join(folder, 'report.xml')}`);
  expect(await readFile(join(folder, 'report.xml'), 'utf8')).toContain('every entry of `accept` matches a finding');
  expect(exitCode).toBe(1);
});

test('a relative path of a config starts from the folder where the user ran the command', async () => {
  const { exitCode, stderr } = await verify(['--config', 'here.config.ts'], { INIT_CWD: tmpdir() });
  expect(stderr).toContain(`There is no config file ${join(tmpdir(), 'here.config.ts')}`);
  expect(exitCode).toBe(2);
});

test('--help lists the options and the exit codes, and exits with 0', async () => {
  const { exitCode, stdout } = await verify(['--help']);
  expect(stdout).toMatch(/--json[\s\S]*--only <subject>[\s\S]*Exit codes/);
  expect(exitCode).toBe(0);
});

test('a report path that cannot be written exits with 2 before any check runs; a run that cannot begin writes its report', async () => {
  const [lost, fault] = [join(tmpdir(), 'verify-none/report.html'), join(tmpdir(), `verify-${process.pid}.xml`)];
  const { exitCode, stderr } = await verify(['--html', lost]);
  expect(stderr).toMatch(/^verify could not run: the report cannot be written to .*report\.html: ENOENT.*\n$/);
  expect(exitCode).toBe(2);
  onTestFinished(() => rm(fault, { force: true }));
  expect(await verify(['--junit', fault], { POSTGRES_BIN_DIR: '/nonexistent' })).toMatchObject({ exitCode: 2 });
  expect(await readFile(fault, 'utf8')).toMatch(/errors="1"[\s\S]*\/nonexistent/);
});
