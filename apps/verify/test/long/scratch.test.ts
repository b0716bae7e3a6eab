import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startThrowawayServer, type ThrowawayServer } from '@app/local-postgres';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ScratchError } from '../../src/scratch/errors.ts';
import { verifyInScratch } from '../../src/verify.ts';
import config from '../../verify.config.ts';
import second from '../second/verify.config.ts';

/** Somebody's server: nothing of ours is on it. */
let server: ThrowawayServer;
let sql: postgres.Sql;
beforeAll(async () => {
  server = await startThrowawayServer({ bootstrap: 'none' });
  sql = postgres(server.superuserUrl('postgres'), { max: 1, onnotice: () => undefined });
});
afterAll(async () => {
  await sql.end();
  await server.stop();
});

/** Every database and role of the server, and what is in the one that the URL names. */
async function traces(): Promise<unknown> {
  return [
    await sql`SELECT datname FROM pg_database ORDER BY 1`,
    await sql`SELECT rolname, rolbypassrls FROM pg_roles ORDER BY 1`,
    await sql`SELECT count(*) FROM pg_class`,
  ];
}

test('another project is proved on a server by its URL, and nothing of it is left there', async () => {
  const before = await traces();
  const report = await verifyInScratch(
    { config: second },
    { url: server.superuserUrl('postgres'), createRoles: false },
  );
  expect(report.results.filter(({ status }) => status !== 'passed')).toEqual([]);
  expect(report.coverage?.totals).toMatchObject({ unproved: 0, failed: 0 });
  expect(await traces()).toEqual(before);
});

test('roles that the whole server lacks are asked for, created when allowed, and dropped again', async () => {
  const before = await traces();
  const only = ['access', 'security', 'foreign keys', 'behaviour'];
  const url = server.superuserUrl('postgres');
  const refused = verifyInScratch({ config, only }, { url, createRoles: false });
  await expect(refused).rejects.toMatchObject({
    code: 'ROLES_MISSING',
    message: expect.stringContaining('--create-roles'),
  });
  const { results } = await verifyInScratch({ config, only }, { url, createRoles: true });
  expect(results.filter(({ status }) => status !== 'passed')).toEqual([]);
  expect(new Set(results.map(({ subject }) => subject))).toEqual(new Set(only));
  expect(await traces()).toEqual(before);
});

test.each([
  ['may not create databases', '', 'ALTER ROLE … CREATEDB'],
  ['is no superuser', 'CREATEDB CREATEROLE', 'Name a superuser'],
])('a role that %s is refused in words, without its password', async (_, options, words) => {
  await sql.unsafe(`CREATE ROLE scratch_guest LOGIN ${options} PASSWORD 'hunter2'`);
  const url = server.urlAs('scratch_guest', 'postgres').replace(server.description.password, 'hunter2');
  const error = await verifyInScratch({ config: second }, { url, createRoles: false }).catch(
    (thrown: unknown) => thrown,
  );
  await sql`DROP ROLE scratch_guest`;
  expect(error).toBeInstanceOf(ScratchError);
  expect(error).toMatchObject({ code: 'NOT_ALLOWED', message: expect.stringContaining(words) });
  expect(String(error)).not.toContain('hunter2');
});

test.each([
  ['BAD_URL', 'mysql://u:hunter2@host/db'],
  ['BAD_URL', 'hunter2'],
  ['CONNECT_FAILED', 'postgres://u:hunter2@127.0.0.1:1/db'],
])('%s: no server is a clear error', async (code, url) => {
  const error = await verifyInScratch({ config: second }, { url, createRoles: false }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code });
  expect(String(error)).not.toContain('hunter2');
});

test('Ctrl-C in the middle drops what was created', async () => {
  const before = await traces();
  const url = server.superuserUrl('postgres');
  const args = [
    '--import',
    'tsx',
    'src/main.ts',
    '--config',
    'test/second/verify.config.ts',
    '--scratch',
    '--url',
    url,
  ];
  const child = spawn(process.execPath, args, { cwd: fileURLToPath(new URL('../..', import.meta.url)) });
  const ended = once(child, 'exit');
  const isUnderWay = async () => {
    const [row] = await sql<
      { count: number }[]
    >`SELECT count(*)::int FROM pg_database WHERE datname LIKE 'verify_scratch_%'`;
    return (row?.count ?? 0) >= 3;
  };
  await expect.poll(isUnderWay, { timeout: 120_000 }).toBe(true);
  child.kill('SIGINT');
  expect((await ended)[0]).toBe(2);
  expect(await traces()).toEqual(before);
});
