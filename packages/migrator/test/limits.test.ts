import { startThrowawayServer } from '@app/local-postgres';
import { expect, onTestFinished, test } from 'vitest';
import { doctor, migrate, repair, status } from '../src/index.ts';
import { client, freshDatabase, otherSession } from './support/database.ts';
import { writeFolder } from './support/folder.ts';
import { rejection } from './support/rejection.ts';

const outside = '-- migrate: no-transaction\n';
const a = { tag: '0000_a', sql: 'create table a (id int);' };

test('a role’s timeouts for whole sessions do not end a run', async () => {
  const { url, superuserUrl, name } = await freshDatabase();
  const superuser = client(superuserUrl);
  onTestFinished(() => superuser.end());
  await superuser.unsafe(`alter database ${name} set idle_session_timeout = '300ms'`);
  const [version] = await superuser`select current_setting('server_version_num')::int as number`;
  if (version?.number >= 170000) await superuser.unsafe(`alter database ${name} set transaction_timeout = '700ms'`);
  const folder = writeFolder([a, { tag: '0001_b', sql: 'select pg_sleep(1.2);' }]);
  expect((await migrate({ folder, url })).applied).toHaveLength(2);
});

test('a file too long for the parser is refused, and runs with breakpoints', async () => {
  const padding = `-- ${'x'.repeat(9_000_000)}\n`;
  const { url, sql } = await freshDatabase();
  const folder = writeFolder([{ tag: '0000_a', sql: `${padding}create table a ();\n${padding}create table b ();` }]);
  const error = await rejection(migrate({ folder, url }));
  expect(error.details).toMatchObject({ file: '0000_a', problems: [{ kind: 'syntax_error' }] });
  expect(error.message).toContain('18 MB are too long for the SQL parser');
  const cut = writeFolder([
    { tag: '0000_a', sql: `${padding}create table a ();--> statement-breakpoint\n${padding}create table b ();` },
  ]);
  await migrate({ folder: cut, url });
  expect(await sql`select to_regclass('b')::text as b`).toEqual([{ b: 'b' }]);
});

test.each([
  ['reindex table parted', null],
  ['reindex index parted_i', null],
  ['drop subscription s', '08006'],
  ['alter subscription s refresh publication', '08006'],
  ['alter database current set tablespace pg_default', '55006'],
])('%s runs in a no-transaction file only', async (statement, reason) => {
  const { superuserUrl, name } = await freshDatabase();
  const sql = client(superuserUrl);
  await sql`create table parted (id int) partition by list (id)`;
  await sql`create table part partition of parted for values in (1)`;
  await sql`create index parted_i on parted (id)`;
  await sql.unsafe(
    `create subscription s connection 'host=127.0.0.1 port=1 dbname=x' publication p with (connect = false, slot_name = ${name})`,
  );
  await sql`alter subscription s enable`;
  onTestFinished(async () => {
    await sql`alter subscription s disable`;
    await sql`alter subscription s set (slot_name = none)`;
    await sql`drop subscription s`;
    await sql.end();
  });
  const text = statement.replace('database current', `database ${name}`);
  const inOne = await rejection(migrate({ folder: writeFolder([{ tag: '0000_a', sql: text }]), url: superuserUrl }));
  expect(inOne.details.sqlstate).toBe('25001');
  const run = migrate({ folder: writeFolder([{ tag: '0000_a', sql: outside + text }]), url: superuserUrl });
  if (reason === null) expect((await run).applied).toHaveLength(1);
  // The runner sends the statement, and the server refuses it because there is no publisher or other database.
  else expect((await rejection(run)).details.sqlstate).toBe(reason);
});

/** The connection URL of a new login role without rights. */
async function plainRole({ url, superuserUrl }: { url: string; superuserUrl: string }, name: string) {
  const superuser = client(superuserUrl);
  await superuser.unsafe(`create role ${name} login password 'secret-word'`);
  onTestFinished(async () => {
    await superuser.unsafe(`drop owned by ${name}; drop role ${name}`);
    await superuser.end();
  });
  const other = new URL(url);
  [other.username, other.password] = [name, 'secret-word'];
  return other.href;
}

test('missing rights on the ledger’s schema are named, with the GRANT to run', async () => {
  const database = await freshDatabase();
  const folder = writeFolder([a]);
  await migrate({ folder, url: database.url });
  const error = await rejection(status({ folder, url: await plainRole(database, 'no_rights') }));
  expect([error.code, error.exitCode]).toEqual(['PERMISSION_DENIED', 2]);
  expect(error.message).toMatch(/permission denied for schema drizzle.* USAGE/);
  expect(error.message).not.toContain('secret-word');
});

test('a ledger whose rows row security hides is an error, not an empty ledger', async () => {
  const database = await freshDatabase();
  const { sql } = database;
  const folder = writeFolder([a]);
  await migrate({ folder, url: database.url });
  const url = await plainRole(database, 'sees_no_rows');
  await sql`grant usage on schema drizzle to sees_no_rows`;
  await sql`grant select on drizzle.__drizzle_migrations to sees_no_rows`;
  expect((await status({ folder, url })).pending).toEqual([]);
  await sql`alter table drizzle.__drizzle_migrations enable row level security`;
  const error = await rejection(status({ folder, url }));
  expect(error.code).toBe('PERMISSION_DENIED');
  expect(error.message).toContain('row-level security');
});

test('ledger rows of another project are deleted only if their id is given', async () => {
  const { url, sql } = await freshDatabase();
  const folder = writeFolder([a, { tag: '0001_b', sql: 'select 1' }]);
  await migrate({ folder, url });
  await sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('theirs', 1500)`;
  expect(await repair({ folder, url, confirm: 'all' })).toMatchObject({ made: [], declined: [{ id: 'forget-row:3' }] });
  const only = ['forget-row:3'];
  expect(await repair({ folder, url, confirm: 'all', only })).toMatchObject({ made: [{ id: 'forget-row:3' }] });
});

test('the advice after a timeout is SET in a no-transaction file and SET LOCAL in every other', async () => {
  const { url } = await freshDatabase();
  const timeouts = { statementTimeoutMs: 200, concurrentStatementTimeoutMs: 200 };
  const message = async (sql: string) =>
    (await rejection(migrate({ folder: writeFolder([{ tag: '0000_a', sql }]), url, ...timeouts }))).message;
  expect(await message('select pg_sleep(5)')).toContain('or SET LOCAL statement_timeout in the file');
  expect(await message(`${outside}select pg_sleep(5)`)).toContain('or SET statement_timeout in the file');
});

test('a prepared transaction is named among the blockers', async () => {
  const server = await startThrowawayServer({ bootstrap: 'none', settings: { max_prepared_transactions: '2' } });
  onTestFinished(() => server.stop());
  const other = otherSession(server.url(), 'application');
  await other`create table held ()`;
  await other`begin`;
  await other`lock table held`;
  await other`prepare transaction 'left behind'`;
  const folder = writeFolder([{ tag: '0000_a', sql: 'alter table held add column a int' }]);
  const error = await rejection(migrate({ folder, url: server.url(), lockRetryBudgetMs: 1000 }));
  expect(error.code).toBe('LOCK_TIMEOUT');
  expect(error.details.blockers).toMatchObject([{ pid: 0, applicationName: 'prepared transaction left behind' }]);
  await other`rollback prepared 'left behind'`;
  await migrate({ folder, url: server.url() });
});

test.each([
  ['LF', 'CRLF', 'create table a ();\r\nselect 1;\r\n'],
  ['CRLF', 'LF', 'create table a ();\nselect 1;\n'],
  ['LF', 'LF after a byte order mark', '\uFEFFcreate table a ();\nselect 1;\n'],
])('a file applied with %s does not count as edited with %s', async (from, _, text) => {
  const { url, sql } = await freshDatabase();
  const unix = 'create table a ();\nselect 1;\n';
  await migrate({ folder: writeFolder([{ ...a, sql: from === 'LF' ? unix : unix.replaceAll('\n', '\r\n') }]), url });
  const before = [...(await sql`select hash from drizzle.__drizzle_migrations`)];
  const folder = writeFolder([{ ...a, sql: text }]);
  expect(await status({ folder, url })).toMatchObject({ pending: [], problems: [] });
  expect((await migrate({ folder, url })).applied).toEqual([]);
  expect(await sql`select hash from drizzle.__drizzle_migrations`).toEqual(before);
  expect(await doctor(folder)).toEqual([]);
  const edited = writeFolder([{ ...a, sql: text.replace('1', '2') }]);
  expect((await status({ folder: edited, url })).problems).toMatchObject([{ kind: 'edited' }]);
});

test('up to the tag of history, run, status and doctor report no fault of style', async () => {
  const { url } = await freshDatabase();
  const old = {
    tag: '0000_old',
    sql: `${outside}drop index concurrently if exists x;\ncreate index concurrently on a ((1));`,
  };
  const folder = writeFolder([{ tag: '0000_a', sql: 'create table a ();' }, old]);
  expect((await doctor(folder)).map(({ kind }) => kind)).toEqual(['not_rerunnable']);
  expect((await rejection(migrate({ folder, url }))).code).toBe('PLAN_REFUSED');
  expect(await doctor(folder, { history: old.tag })).toEqual([]);
  expect((await status({ folder, url, history: old.tag })).problems).toEqual([]);
  expect((await migrate({ folder, url, history: old.tag })).applied).toHaveLength(2);
});
