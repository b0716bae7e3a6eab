import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { findKeptServer, type KeptServer, startKeptServer, stopKeptServer } from '../../src/index.ts';
import { isRunning, signal, waitUntil } from '../../src/process.ts';
import { lookUpUser } from '../../src/systemUser.ts';
import { identified, isRoot, run, startedBy } from '../support/processes.ts';

function keptDirectory(): { directory: string; remove: () => Promise<void> } {
  const directory = mkdtempSync(join(tmpdir(), 'kept-'));
  chmodSync(directory, 0o755);
  const remove = async () => {
    await stopKeptServer(directory).catch(() => undefined);
    rmSync(directory, { recursive: true, force: true });
  };
  return { directory, remove };
}

function directoryOfTest(): string {
  const { directory, remove } = keptDirectory();
  onTestFinished(remove);
  return directory;
}

/** The server refuses a pid file only if it names a living process of its own user. */
function statOwner(path: string): { uid: number; gid: number } {
  const { uid, gid } = statSync(path);
  return { uid, gid };
}

async function queryOnce(url: string, text: string): Promise<unknown> {
  const sql = postgres(url, { max: 1, connect_timeout: 10 });
  try {
    return await sql.unsafe(text);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

describe('a kept server', () => {
  let directory: string;
  let folder: string;
  let first: KeptServer;
  const start = () => startKeptServer({ directory, bootstrap: 'none' });

  beforeAll(async () => {
    const made = keptDirectory();
    directory = made.directory;
    folder = join(directory, 'postgres');
    expect(findKeptServer(directory)).toBeUndefined();
    first = await start();
    await queryOnce(first.url(), 'CREATE TABLE kept AS SELECT 1 AS one');
    return made.remove;
  });

  test('is attached to by the next start', async () => {
    expect(first.attached).toBe(false);
    expect(await start()).toMatchObject({ attached: true, pid: first.pid, description: first.description });
    expect(findKeptServer(directory)).toMatchObject({ pid: first.pid, description: first.description });
  });

  test('has its password in a file that only its owner can read', () => {
    expect(readFileSync(join(folder, 'state.json'), 'utf8')).toContain(first.description.password);
    expect(statSync(join(folder, 'state.json')).mode & 0o777).toBe(0o600);
  });

  test('stops, and starts again with the same data, port and password', async () => {
    const process = identified(first.pid);
    await first.stop();
    expect(isRunning(process)).toBe(false);
    expect(findKeptServer(directory)).toBeUndefined();
    expect(await stopKeptServer(directory)).toBe(false);
    const next = await start();
    expect(next).toMatchObject({ attached: false, description: first.description });
    expect(await queryOnce(next.url(), 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    expect(await stopKeptServer(directory)).toBe(true);
  });

  test('starts despite a stale pid file whose id another program has, and despite a dead lock', async () => {
    const data = join(folder, 'data');
    const otherProcess = spawn('sleep', ['60'], { stdio: 'ignore', ...statOwner(data) });
    onTestFinished(() => {
      otherProcess.kill();
    });
    writeFileSync(join(data, 'postmaster.pid'), `${otherProcess.pid}\n${data}\n0\n5432\n\n\n\nready\n`);
    writeFileSync(join(folder, 'lock'), JSON.stringify({ pid: process.pid, startedAt: 'before the last boot' }));
    const next = await start();
    expect(next.attached).toBe(false);
    expect(await queryOnce(next.url(), 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
    expect(existsSync(join(folder, 'lock'))).toBe(false);
  });

  test('is refused for another major version or bootstrap, running or stopped', async () => {
    const mismatch = { code: 'DATA_MISMATCH', message: expect.stringContaining(`PostgreSQL ${first.major} with`) };
    const major = first.major === 15 ? 18 : 15;
    for (const _ of ['running', 'stopped']) {
      await expect(startKeptServer({ directory, major })).rejects.toMatchObject(mismatch);
      await expect(startKeptServer({ directory, bootstrap: 'plain' })).rejects.toMatchObject(mismatch);
      await stopKeptServer(directory);
    }
  });

  test('is never overwritten when its state file is damaged or missing', async () => {
    const file = join(folder, 'state.json');
    const state = readFileSync(file);
    writeFileSync(file, '{');
    await expect(start()).rejects.toMatchObject({
      code: 'STATE_UNUSABLE',
      message: expect.stringContaining('damaged'),
    });
    rmSync(file);
    await expect(start()).rejects.toMatchObject({
      code: 'STATE_UNUSABLE',
      message: expect.stringContaining('missing'),
    });
    writeFileSync(file, state);
    expect(await queryOnce((await start()).url(), 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
  });
});

test('a kept server keeps running after the process that started it was killed, and recovers from a crash', async () => {
  const directory = directoryOfTest();
  const starter = run('starter', ['wait', directory]);
  const { server, url } = await startedBy(starter);
  await queryOnce(url, 'CREATE TABLE kept AS SELECT 1 AS one');
  starter.child.kill('SIGKILL');
  expect(await starter.exitStatus()).toBe('SIGKILL');
  expect(isRunning(server)).toBe(true);
  expect((await startKeptServer({ directory })).attached).toBe(true);

  signal(server, 'SIGKILL');
  expect(await waitUntil(() => !isRunning(server), 30_000)).toBe(true);
  const next = await startKeptServer({ directory });
  expect(next.attached).toBe(false);
  expect(await queryOnce(next.url(), 'SELECT one FROM kept')).toEqual([{ one: 1 }]);
});

test('of several processes that start it concurrently, one starts it and the others attach', async () => {
  const directory = directoryOfTest();
  const starters = [1, 2, 3].map(() => run('starter', ['exit', directory]));
  const seen = await Promise.all(starters.map(startedBy));
  expect(new Set(seen.map(({ server }) => server.pid)).size).toBe(1);
  expect(new Set(seen.map(({ url }) => url)).size).toBe(1);
  expect(await Promise.all(starters.map((starter) => starter.exitStatus()))).toEqual([7, 7, 7]);
  expect(findKeptServer(directory)?.pid).toBe(seen[0]?.server.pid);
});

test('an incomplete first start is repeated', async () => {
  const directory = directoryOfTest();
  const folder = join(directory, 'postgres');
  mkdirSync(join(folder, 'data'), { recursive: true });
  writeFileSync(join(folder, 'data', 'PG_VERSION'), 'half written');
  const state = { home: folder, major: 18, bootstrap: 'plain', password: 'old', port: 0, complete: false };
  writeFileSync(join(folder, 'state.json'), JSON.stringify(state));
  const server = await startKeptServer({ directory, bootstrap: 'none' });
  expect(server.description.password).not.toBe('old');
  expect(await queryOnce(server.url(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

test.skipIf(!isRoot)(
  'below a folder that the server may not enter, its data is kept elsewhere (needs root)',
  async () => {
    const directory = directoryOfTest();
    chmodSync(directory, 0o700);
    const asNobody = { directory, bootstrap: 'none', machine: { lookUpUser: () => lookUpUser('nobody') } } as const;
    const server = await startKeptServer(asNobody);
    const { home } = JSON.parse(readFileSync(join(directory, 'postgres', 'state.json'), 'utf8')) as { home: string };
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    expect(home.startsWith(directory)).toBe(false);
    expect(await queryOnce(server.url(), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await server.stop();
    rmSync(home, { recursive: true });
    const gone = { code: 'STATE_UNUSABLE', message: expect.stringContaining(home) };
    await expect(startKeptServer(asNobody)).rejects.toMatchObject(gone);
  },
);

test('it stops within a minute or so when its folder is removed', async () => {
  const directory = directoryOfTest();
  const { pid } = await startKeptServer({ directory, bootstrap: 'none' });
  const server = identified(pid);

  rmSync(directory, { recursive: true });

  expect(await waitUntil(() => !isRunning(server), 100_000)).toBe(true);
}, 150_000);

test.runIf(isRoot)(
  'it stops, too, when its data is elsewhere since its user cannot enter the folder',
  async () => {
    const directory = directoryOfTest();
    chmodSync(directory, 0o700);
    const { pid } = await startKeptServer({ directory, bootstrap: 'none' });
    const server = identified(pid);
    const { home } = JSON.parse(readFileSync(join(directory, 'postgres/state.json'), 'utf8')) as { home: string };
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
    expect(home).not.toContain(directory);

    rmSync(directory, { recursive: true });

    expect(await waitUntil(() => !isRunning(server), 30_000)).toBe(true);
  },
  100_000,
);
