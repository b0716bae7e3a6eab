import postgres from 'postgres';
import { expect, onTestFinished, test } from 'vitest';
import { connectServer, createDatabase, createTemplate } from '../src/index.ts';
import { injectServer } from '../src/vitest.ts';

const server = injectServer('supabase');

async function queryOnce(url: string, text: string): Promise<unknown> {
  const sql = postgres(url, { max: 1, connect_timeout: 10, onnotice: () => undefined });
  try {
    return await sql.unsafe(text);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

/** A name that no other test and no earlier run used. */
const unique = (word: string) => `${word}_${process.pid}_${Math.random().toString(36).slice(2)}`;

test('a new database has the bootstrap, and the role that runs migrations owns it', async () => {
  const database = await createDatabase(server);
  onTestFinished(database.drop);
  expect(await queryOnce(database.url, 'SELECT count(*)::int AS users FROM auth.users')).toEqual([{ users: 0 }]);
  const properties = `SELECT current_database() AS name, datdba::regrole::text AS owner, current_user::text AS role
    FROM pg_database WHERE datname = current_database()`;
  expect(await queryOnce(database.url, properties)).toEqual([
    { name: database.name, owner: 'postgres', role: 'postgres' },
  ]);
});

test('every login role has a connection string', async () => {
  const role = (url: string) => queryOnce(url, 'SELECT current_user::text AS role');
  expect(await role(server.url())).toEqual([{ role: 'postgres' }]);
  expect(await role(server.superuserUrl())).toEqual([{ role: 'supabase_admin' }]);
  expect(await role(server.urlAs('supabase_auth_admin'))).toEqual([{ role: 'supabase_auth_admin' }]);
});

test('a suite in another process reaches the server by its description', async () => {
  const description = JSON.parse(JSON.stringify(server.description));
  const database = await createDatabase(connectServer(description));
  onTestFinished(database.drop);
  expect(await queryOnce(database.urlAs('authenticator'), 'SELECT current_user::text AS role')).toEqual([
    { role: 'authenticator' },
  ]);
});

test('a database can be dropped while sessions are open in it, and twice', async () => {
  const database = await createDatabase(server);
  const open = postgres(database.url, { max: 1, onnotice: () => undefined });
  await open`SELECT 1`;
  await database.drop();
  await expect(queryOnce(database.url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
  await database.drop();
  await open.end({ timeout: 1 });
});

test('clones of a template have its content, and none of the content of another clone', async () => {
  const name = unique('template');
  await createTemplate(server, name, async (url) => {
    await queryOnce(url, 'CREATE TABLE migrated AS SELECT 1 AS id');
  });
  const [first, second] = await Promise.all([1, 2].map(() => createDatabase(server, { template: name })));
  if (first === undefined || second === undefined) throw new Error('two were asked for');
  onTestFinished(async () => {
    await Promise.all([first.drop(), second.drop()]);
  });
  await queryOnce(first.url, 'INSERT INTO migrated VALUES (2)');
  expect(await queryOnce(first.url, 'SELECT id FROM migrated ORDER BY id')).toEqual([{ id: 1 }, { id: 2 }]);
  expect(await queryOnce(second.url, 'SELECT id FROM migrated')).toEqual([{ id: 1 }]);
});

test('of several concurrent requests for a template, one prepares it', async () => {
  const name = unique('template');
  let prepared = 0;
  const prepare = async (url: string) => {
    prepared += 1;
    await queryOnce(url, 'CREATE TABLE made ()');
  };
  await Promise.all(Array.from({ length: 8 }, () => createTemplate(server, name, prepare)));
  expect(prepared).toBe(1);
  const database = await createDatabase(server, { template: name });
  onTestFinished(database.drop);
  expect(await queryOnce(database.url, 'SELECT * FROM made')).toEqual([]);
});

test('a template whose preparation fails is not kept: the next request prepares it again', async () => {
  const name = unique('template');
  const failing = createTemplate(server, name, (url) => queryOnce(url, 'SELECT 1/0').then(() => undefined));
  await expect(failing).rejects.toMatchObject({ code: 'TEMPLATE_FAILED', cause: { code: '22012' } });
  const left = await queryOnce(server.superuserUrl(), `SELECT datname FROM pg_database WHERE datname = '${name}'`);
  expect(left).toEqual([]);
  let prepared = 0;
  await createTemplate(server, name, async () => {
    prepared += 1;
  });
  expect(prepared).toBe(1);
});

test('a name that is in use, empty, too long, or needs escapes is refused', async () => {
  const database = await createDatabase(server);
  onTestFinished(database.drop);
  for (const name of [database.name, '', 'x'.repeat(64), 'a b', 'a.b', 'é', 'a/b', 'a"b']) {
    await expect(createDatabase(server, { name })).rejects.toMatchObject({ code: 'INVALID_DATABASE_NAME' });
  }
  const longest = await createDatabase(server, { name: unique('Mixed-case').padEnd(63, 'x') });
  onTestFinished(longest.drop);
  expect(await queryOnce(longest.url, 'SELECT current_database() AS name')).toEqual([{ name: longest.name }]);
});
