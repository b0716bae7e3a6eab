import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterEach, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { connectServer, startKeptServer, startThrowawayServer, type ThrowawayServer } from '../src/index.ts';
import { commandLine, identify, isRunning } from '../src/process.ts';
import { identified, openFolder } from './support/processes.ts';

const lines: string[] = [];
let server: ThrowawayServer;

beforeAll(async () => {
  server = await startThrowawayServer({
    bootstrap: 'none',
    settings: { log_statement: 'all', work_mem: '5MB' },
    onLog: (line) => lines.push(line),
  });
  return () => server.stop();
});

async function query<T>(url: string, use: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres(url, { max: 1, connect_timeout: 10 });
  try {
    return await use(sql);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

test('the driver’s variables in the environment, even nonsense, do not keep a process from its server', async () => {
  for (const name of [
    'PGTARGETSESSIONATTRS',
    'PGSSL',
    'PGMAX',
    'PGCONNECT_TIMEOUT',
    'PGHOST',
    'PGPORT',
    'PGUSER',
    'PGOPTIONS',
  ])
    vi.stubEnv(name, 'nonsense');
  const again = connectServer(server.description);
  expect(await query(again.url(), (sql) => sql`SELECT 1 AS one`)).toEqual([{ one: 1 }]);
});

test('a folder that cannot be created is FOLDER_NOT_WRITABLE, with the path and the code', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'no-folder-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'file');
  writeFileSync(file, '');
  await expect(startKeptServer({ directory: file, bootstrap: 'none' })).rejects.toMatchObject({
    code: 'FOLDER_NOT_WRITABLE',
    message: `The embedded server needs a folder that this user can write, and ${join(file, 'postgres')} is none (ENOTDIR).`,
  });
});

test('the server asks for the password', async () => {
  const wrong = new URL(server.url());
  wrong.password = 'wrong';
  await expect(query(wrong.href, (sql) => sql`SELECT 1`)).rejects.toMatchObject({ code: '28P01' });
  expect(await query(server.url(), (sql) => sql`SELECT 1 AS one`)).toMatchObject([{ one: 1 }]);
});

test('no process argument and no line of the log contains the password', async () => {
  const { password } = server.description;
  await query(server.superuserUrl(), (sql) => sql.unsafe(`ALTER ROLE postgres PASSWORD '${password}'`));
  expect(readFileSync(join(server.folder, 'server.log'), 'utf8')).toContain(password);
  await expect.poll(() => lines.join('\n')).toContain(`ALTER ROLE postgres PASSWORD '***'`);
  expect(lines.join('\n')).not.toContain(password);
  expect(commandLine(server.pid)).toContain(`-D ${join(server.folder, 'data')}`);
  expect(commandLine(server.pid)).not.toContain(password);
});

test('the server listens on the loopback address only', async () => {
  const outer = Object.values(networkInterfaces())
    .flat()
    .find((face) => face?.family === 'IPv4' && !face.internal);
  const reach = (host: string) =>
    new Promise<string>((resolve) => {
      const socket = connect({ host, port: server.port, timeout: 5_000 });
      socket.once('connect', () => resolve('connected')).once('error', (error) => resolve(error.message));
      socket.once('timeout', () => resolve('timeout')).once('close', () => socket.destroy());
    });
  expect(await reach('127.0.0.1')).toBe('connected');
  if (outer !== undefined) expect(await reach(outer.address)).toContain('ECONNREFUSED');
  expect(await query(server.url(), (sql) => sql`SHOW listen_addresses`)).toEqual([{ listen_addresses: '127.0.0.1' }]);
});

test('settings reach the server', async () => {
  expect(await query(server.url(), (sql) => sql`SHOW work_mem`)).toEqual([{ work_mem: '5MB' }]);
});

describe.each([{ immediate: false }, { immediate: true }])(
  'after a restart, immediate: $immediate',
  ({ immediate }) => {
    test('the server on the same port has the committed rows, and older sessions are broken', async () => {
      const [port, pid] = [server.port, server.pid];
      const table = `kept_${immediate}`;
      const older = postgres(server.url(), { max: 1, onnotice: () => undefined });
      await older.unsafe(`CREATE TABLE ${table} AS SELECT 1 AS one`);
      const session = await older.reserve();
      const [before] = await session`SELECT pg_backend_pid() AS pid`;
      session.release();
      await server.restart({ immediate });
      expect(server.pid).not.toBe(pid);
      expect(server.port).toBe(port);
      const after = await query(server.url(), (sql) => sql.unsafe(`SELECT one, pg_backend_pid() AS pid FROM ${table}`));
      expect(after[0]?.one).toBe(1);
      expect(identify(before?.pid)).toBeUndefined();
      await older.end({ timeout: 1 });
    });
  },
);

// The last test that uses this server.
test('stop ends the server, deletes its folder, and may be called twice', async () => {
  const process = identified(server.pid);
  expect(isRunning(process)).toBe(true);
  await Promise.all([server.stop(), server.stop()]);
  await server.stop();
  expect(isRunning(process)).toBe(false);
  expect(existsSync(server.folder)).toBe(false);
});

describe('a start that fails leaves no folder', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  test('when the server refuses a setting, whose error quotes the log', async () => {
    const tmp = openFolder();
    vi.stubEnv('TMPDIR', tmp);
    const start = startThrowawayServer({ bootstrap: 'none', settings: { work_mem: 'plenty' } });
    const message = expect.stringContaining('invalid value for parameter "work_mem"');
    await expect(start).rejects.toMatchObject({ code: 'START_FAILED', message });
    expect(readdirSync(tmp)).toEqual([]);
  });

  test('when the server is not ready in time', async () => {
    const tmp = openFolder();
    vi.stubEnv('TMPDIR', tmp);
    const start = startThrowawayServer({ bootstrap: 'none', startTimeoutMs: 0 });
    await expect(start).rejects.toMatchObject({
      code: 'START_TIMEOUT',
      message: expect.stringContaining('after 0 ms'),
    });
    expect(readdirSync(tmp)).toEqual([]);
  });
});
