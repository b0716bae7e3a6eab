import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { appended, tamperedFolder } from './support/tampering.ts';

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

function verify(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended> {
  return start('node_modules/.bin/tsx', ['src/main.ts', ...args], VERIFY, env);
}

test('the root script hands on its arguments and the exit code; --json leaves standard output to the report', async () => {
  const pnpm = process.env.npm_execpath ?? 'pnpm';
  expect(await start(pnpm, ['verify', '--only', 'nothing'], ROOT)).toMatchObject({ exitCode: 2 });
  const { exitCode, stdout, stderr } = await start(pnpm, ['verify', '--json', '--only', 'foreign keys'], ROOT);
  expect(JSON.parse(stdout)).toMatchObject({ version: 1, outcome: 'proved', totals: { failed: 0, notRun: 0 } });
  expect(stderr).toMatch(/^✓ foreign keys: (\d+) of \1$/m);
  expect(exitCode).toBe(0);
});

test('what is not so exits with 1 and is in the table, which has no colour where there is no terminal', async () => {
  await using folder = await tamperedFolder({
    file: '20250101000011_add_quota_functions',
    change: appended('ALTER TABLE uploads DROP CONSTRAINT uploads_user_id_fkey'),
  });
  const { exitCode, stdout } = await verify(['--only', 'foreign keys', '--migrations', folder.path], {
    FORCE_COLOR: '',
  });
  expect(stdout).toMatch(
    /^foreign keys\n[\s\S]* {2}✗ uploads_user_id_fkey\n[\s\S]*expected {2}refused: 23503 uploads_user_id_fkey\n/,
  );
  expect(stdout).toMatch(/ {2}✓ user_profiles_user_id_fkey\n[\s\S]*✗ 1 failed, 0 not run/);
  expect(stdout).not.toContain('\u001b');
  expect(exitCode).toBe(1);
});

test('what cannot run says why in one sentence and exits with 2', async () => {
  const noServer = { POSTGRES_BIN_DIR: '/nonexistent' };
  const [table, json, unknown] = await Promise.all([
    verify([], noServer),
    verify(['--json'], noServer),
    verify(['--only', 'nothing']),
  ]);
  expect([table, json, unknown].map(({ exitCode }) => exitCode)).toEqual([2, 2, 2]);
  expect(table.stderr).toMatch(/^verify could not run: .*\/nonexistent.*\n$/);
  expect(JSON.parse(json.stdout)).toMatchObject({
    version: 1,
    outcome: 'could not run',
    reason: expect.stringContaining('/nonexistent'),
  });
  expect(unknown.stderr).toContain('There is no such subject.');
});

test('--help says what there is and exits with 0', async () => {
  const { exitCode, stdout } = await verify(['--help']);
  expect(stdout).toMatch(/--json[\s\S]*--only <subject>[\s\S]*Exit codes/);
  expect(exitCode).toBe(0);
});

test('a report that cannot be written is told before anything runs, and exits with 2; one that can is written', async () => {
  const [lost, fault] = [join(tmpdir(), 'verify-none/report.html'), join(tmpdir(), `verify-${process.pid}.xml`)];
  const { exitCode, stderr } = await verify(['--html', lost]);
  expect(stderr).toMatch(/^verify could not run: the report cannot be written to .*report\.html: ENOENT.*\n$/);
  expect(exitCode).toBe(2);
  onTestFinished(() => rm(fault, { force: true }));
  expect(await verify(['--junit', fault], { POSTGRES_BIN_DIR: '/nonexistent' })).toMatchObject({ exitCode: 2 });
  expect(await readFile(fault, 'utf8')).toMatch(/errors="1"[\s\S]*\/nonexistent/);
});
