import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { inspect } from 'node:util';
import { startThrowawayServer, type ThrowawayServer } from '@app/local-postgres';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { formatError, type MigratorErrorCode, migrate, status } from '../src/index.ts';
import { client, freshDatabase } from './support/database.ts';
import { writeFolder } from './support/folder.ts';
import { rejection } from './support/rejection.ts';

const secret = 's3cr3t-&-more';
const one = [{ tag: '0000_t', sql: 'create table t ();' }];

async function failure(url: string) {
  const error = await rejection(migrate({ folder: writeFolder(one), url, connectTimeoutMs: 5000 }));
  for (const shown of [inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error), formatError(error)]) {
    expect(shown).not.toContain(secret);
    expect(shown).not.toContain(encodeURIComponent(secret));
  }
  return error;
}

function edit(url: string, change: (url: URL) => void): string {
  const edited = new URL(url);
  change(edited);
  return edited.href;
}

describe('a database that cannot be reached', () => {
  const cases: [string, MigratorErrorCode, (url: string) => string, RegExp][] = [
    ['an address that is none', 'BAD_URL', () => `localhost:${secret}`, /of the form postgres:\/\//],
    [
      'a port that is none',
      'BAD_URL',
      () => `postgres://u:${encodeURIComponent(secret)}@localhost:notaport/db`,
      /of the form/,
    ],
    ['a password with a bare percent sign', 'BAD_URL', () => `postgres://u:${secret}%@localhost/db`, /percent-encode/],
    [
      'a wrong password',
      'AUTHENTICATION_FAILED',
      (url) => edit(url, (it) => (it.password = secret)),
      /password authentication failed.*Check the user and the password/,
    ],
    [
      'a database that does not exist',
      'DATABASE_MISSING',
      (url) => edit(url, (it) => (it.pathname = '/nowhere')),
      /"nowhere" does not exist.*Create the database/,
    ],
    [
      'a port where nobody listens',
      'CONNECT_FAILED',
      (url) => edit(url, (it) => (it.port = '9')),
      /ECONNREFUSED.*Check that the server runs/,
    ],
    [
      'a host that does not exist',
      'CONNECT_FAILED',
      (url) => edit(url, (it) => (it.hostname = 'nowhere.invalid')),
      /Check the host name/,
    ],
    [
      'TLS wanted of a server that has none',
      'TLS_FAILED',
      (url) => edit(url, (it) => it.searchParams.set('sslmode', 'require')),
      /sslmode/,
    ],
    [
      'an unknown parameter',
      'CONNECT_FAILED',
      (url) => edit(url, (it) => it.searchParams.set('nobody', '1')),
      /unrecognized configuration parameter "nobody".*Remove the unknown parameter/,
    ],
  ];

  test.each(cases)('%s: %s, in one sentence, without the password', async (_, code, change, words) => {
    const { url } = await freshDatabase();
    const error = await failure(change(url));
    expect([error.code, error.exitCode]).toEqual([code, 2]);
    expect(error.message).toMatch(words);
  });

  test('a server that accepts the connection and never answers is given up after connectTimeoutMs', async () => {
    const mute = createServer().listen(0, '127.0.0.1');
    await once(mute, 'listening');
    onTestFinished(() => void mute.close());
    const { port } = mute.address() as AddressInfo;
    const error = await failure(`postgres://u:${encodeURIComponent(secret)}@127.0.0.1:${port}/db`);
    expect(error.code).toBe('CONNECT_FAILED');
    expect(error.message).toContain(`127.0.0.1:${port}/db`);
  });
});

describe('a session that cannot migrate', () => {
  test('read-only: refused before the first change; the same role with the setting off can migrate', async () => {
    const { url, sql, name } = await freshDatabase();
    await sql.unsafe(`alter database ${name} set default_transaction_read_only = on`);
    const folder = writeFolder(one);
    const error = await rejection(migrate({ folder, url }));
    expect([error.code, error.exitCode]).toEqual(['READ_ONLY', 2]);
    await sql.begin('read write', (tx) => tx.unsafe(`alter database ${name} reset default_transaction_read_only`));
    expect((await migrate({ folder, url })).applied).toHaveLength(1);
  });
});

describe('a server that restarts', () => {
  let server: ThrowawayServer;
  beforeAll(async () => {
    server = await startThrowawayServer({ bootstrap: 'none' });
    return () => server.stop();
  });

  test('is waited for if it comes up within connectTimeoutMs', async () => {
    const restarting = server.restart();
    const plan = await status({ folder: writeFolder(one), url: server.url(), connectTimeoutMs: 60_000 });
    await restarting;
    expect(plan.pending).toHaveLength(1);
  });

  test('is refused as a standby, after it could be migrated as a primary', async () => {
    const folder = writeFolder(one);
    expect((await migrate({ folder, url: server.url() })).applied).toHaveLength(1);
    const sql = client(server.superuserUrl());
    // A server that finds this file at its start is a standby. Only its own user may write there.
    await sql.unsafe(
      `do $$ begin execute format('copy (select) to %L', current_setting('data_directory') || '/standby.signal'); end $$`,
    );
    await sql.end();
    await server.restart();
    const error = await rejection(migrate({ folder, url: server.url() }));
    expect([error.code, error.exitCode]).toEqual(['STANDBY', 2]);
  });
});

test('a duration that would mean "no timeout" exits with 2', async () => {
  const folder = writeFolder(one);
  for (const option of ['lockTimeoutMs', 'statementTimeoutMs', 'concurrentStatementTimeoutMs'] as const) {
    for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      const error = await rejection(migrate({ folder, url: 'postgres://localhost/x', [option]: value }));
      expect([error.code, error.message]).toEqual(['BAD_OPTIONS', expect.stringContaining(option)]);
    }
  }
});
