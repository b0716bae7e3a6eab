import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { findKeptServer, stopKeptServer } from '../../src/index.ts';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'commands-'));
  chmodSync(directory, 0o755);
  return async () => {
    await stopKeptServer(directory);
    rmSync(directory, { recursive: true });
  };
});

function runCommand(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  const command = ['--import', 'tsx', 'src/commands/main.ts', '--directory', directory, ...args];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, command, { cwd: PACKAGE, timeout: 150_000 }, (_error, out, err) =>
      resolve({ status: child.exitCode ?? -1, out, err }),
    );
  });
}

test('start, status, url and stop print what they did, and set the exit status', async () => {
  expect(await runCommand('status')).toEqual({ status: 3, out: 'Not running.\n', err: '' });
  expect(await runCommand('start')).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^Started: PostgreSQL \d+ on 127/),
    err: '',
  });
  expect(await runCommand('start')).toMatchObject({ status: 0, out: expect.stringContaining('Already running') });
  const server = findKeptServer(directory);
  expect(await runCommand('status')).toMatchObject({
    status: 0,
    out: expect.stringContaining(`127.0.0.1:${server?.port}`),
  });
  expect((await runCommand('status')).out).not.toContain(server?.description.password);
  expect(await runCommand('url')).toEqual({ status: 0, out: `${server?.url()}\n`, err: '' });
  expect(await runCommand('stop')).toEqual({ status: 0, out: 'Stopped.\n', err: '' });
  expect(await runCommand('stop')).toEqual({ status: 0, out: 'The server was not running.\n', err: '' });
  expect(await runCommand('url')).toEqual({ status: 3, out: '', err: '' });
});

test('an unknown command is refused with status 2, and --help lists the known ones', async () => {
  expect(await runCommand('restart')).toMatchObject({
    status: 2,
    out: '',
    err: expect.stringContaining('unknown command'),
  });
  const help = await runCommand('--help');
  expect(help.status).toBe(0);
  for (const command of ['start', 'stop', 'status', 'url']) expect(help.out).toContain(`  ${command} `);
});
