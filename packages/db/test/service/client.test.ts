import { inspect } from 'node:util';
import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { createDatabase, type Database } from '../../src/client.ts';
import { InvalidInput } from '../../src/errors.ts';
import { createDatabaseService } from '../../src/services/databaseService.ts';
import { newId } from '../../src/services/newId.ts';
import { failure } from './support/failure.ts';
import { isPooled, useService } from './support/service.ts';

const one = sql`SELECT 1`;

describe('the client', () => {
  const made = useService({ bootstrap: 'plain', as: 'owner' });

  const sessionsOf = async (name: string): Promise<number> => {
    const [row] = await made.db
      .sql`SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = ${name}`;
    return row?.count as number;
  };

  // Behind a pooler the server's sessions are the pooler's.
  test.skipIf(isPooled)('opens nothing before it is needed, and no more than it may', async () => {
    const database = made.another({ applicationName: 'counted', maxConnections: 3 });
    expect(await sessionsOf('counted')).toBe(0);
    await Promise.all(Array.from({ length: 50 }, () => database.ping()));
    await expect.poll(() => sessionsOf('counted')).toBe(3);
    await database.close();
    await expect.poll(() => sessionsOf('counted')).toBe(0);
  });

  test('a URL is enough: every other option has a default', async () => {
    const database = createDatabase(made.db.database.url);
    const [settings] = await database.db.execute(sql`
      SELECT current_setting('statement_timeout') AS statement, current_setting('application_name') AS name,
             current_setting('idle_in_transaction_session_timeout') AS idle`);
    expect(settings).toEqual({ statement: '10s', name: 'app-db', idle: '15s' });
    await database.close();
  });

  test('rows do not depend on the role’s DateStyle and TimeZone', async () => {
    await made.db.sql.unsafe(`ALTER DATABASE ${made.db.database.name} SET datestyle = 'German, DMY'`);
    await made.db.sql.unsafe(`ALTER DATABASE ${made.db.database.name} SET timezone = 'Africa/Monrovia'`);
    const at = '1901-02-03T04:05:06.789Z';
    await made.db.sql`INSERT INTO library_tracks (title, file_key, created_at) VALUES ('old', 'old', ${at})`;
    const { items } = await createDatabaseService(made.another()).listLibraryTracks();
    expect(items.map(({ createdAt }) => createdAt)).toEqual([new Date(at)]);
  });

  test.each([
    ['what is no URL', 'secret'],
    ['another scheme', 'mysql://u:secret@localhost/db'],
    ['a password that is not percent-encoded', 'postgres://u:secret%@localhost/db'],
    ['a port that is none', 'postgres://u:secret@localhost:99999/db'],
  ])('%s is refused without being repeated', (_, url) => {
    const error = (() => {
      try {
        return createDatabase(url);
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(error).toBeInstanceOf(InvalidInput);
    expect(error).toMatchObject({ field: 'url', rule: 'url' });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('secret');
  });

  test.each([undefined, '', { url: undefined }])(
    'without a URL (%j), the variable that is missing is named',
    (options) => {
      expect(() => createDatabase(options as string)).toThrow(
        expect.objectContaining({
          ...{ code: 'INVALID_INPUT', field: 'url', rule: 'required' },
          message: expect.stringContaining('DATABASE_URL'),
        }),
      );
    },
  );

  test('an unsupported security parameter is refused by its name', () => {
    expect(() => createDatabase('postgres://u:p@localhost/db?sslcrl=/etc/crl.pem')).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', field: 'url', message: expect.stringContaining('sslcrl') }),
    );
  });

  test('the URL’s parameters apply, those of other clients are named in one warning, and options override them', async () => {
    const warnings: string[] = [];
    const listen = ({ message }: Error) => warnings.push(message);
    process.on('warning', listen);
    const url = `${made.db.database.url}?schema=public&pool_timeout=5&statement_cache_size=0&connection_limit=2&application_name=named&options=-c%20work_mem%3D5MB`;
    const database = createDatabase(url);
    await Promise.all(Array.from({ length: 20 }, () => database.ping()));
    await expect.poll(() => sessionsOf('named')).toBe(2);
    const [row] = await database.db.execute(sql`SELECT current_setting('work_mem') AS memory`);
    expect(row).toEqual({ memory: '5MB' });
    expect(warnings).toEqual([expect.stringContaining('pool_timeout, statement_cache_size')]);
    process.off('warning', listen);
    await database.close();
    await made.another({ url, applicationName: 'option' }).ping();
    expect(await sessionsOf('option')).toBe(1);
  });

  test.each([
    ['maxConnections', 0],
    ['connectTimeoutMs', Number.NaN],
    ['statementTimeoutMs', 2 ** 31],
    ['operationTimeoutMs', 1.5],
  ])('%s of %d is refused', (field, value) => {
    expect(() => createDatabase({ url: made.db.database.url, [field]: value })).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', field, rule: 'range' }),
    );
  });

  test('the error for an unreachable server has its host and no password', async () => {
    const database = createDatabase('postgres://u:secret@127.0.0.1:1/nowhere');
    const error = await failure('UNAVAILABLE', database.ping());
    expect(error.message).toContain('127.0.0.1:1/nowhere');
    expect(error.cause).toMatchObject({ code: 'ECONNREFUSED' });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain('secret');
  });

  test('an unknown host name is UNAVAILABLE', async () => {
    await failure('UNAVAILABLE', createDatabase('postgres://u:secret@nowhere.invalid/db').ping());
  });

  test.each<[string, (url: string) => string, string]>([
    ['a wrong password', (url) => url.replace(/:[^:@/]*@/, ':wrong@'), '28P01'],
    ['a database that is not there', (url) => url.replace(/[^/]*$/, 'nowhere'), '3D000'],
    ['a parameter that the server does not know', (url) => `${url}?nobody=true`, '42704'],
  ])('%s is rejected: trying again is no use', async (_, change, sqlstate) => {
    const error = await failure('CONNECTION_REJECTED', made.another({ url: change(made.db.database.url) }).ping());
    expect(error.cause).toMatchObject({ code: sqlstate });
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(new URL(made.db.database.url).password);
  });

  test('a server without TLS is refused where TLS is required', async () => {
    await expect(made.another({ tls: 'verify-full' }).ping()).rejects.toMatchObject({
      code: expect.stringMatching(/^(UNAVAILABLE|CONNECTION_REJECTED)$/),
    });
    await made.another({ tls: 'disable' }).ping();
  });

  describe('statements', () => {
    const namesOf = async (database: Database): Promise<unknown[]> => [
      ...(await database.db.execute(sql`SELECT statement FROM pg_prepared_statements`)),
    ];

    test.skipIf(isPooled)('are prepared once a connection', async () => {
      const database = made.another({ maxConnections: 1 });
      const { getUploadQuota } = createDatabaseService(database);
      for (let i = 0; i < 3; i++) await getUploadQuota({ userId: newId() });
      expect(await namesOf(database)).toEqual([{ statement: expect.stringContaining('upload_daily_usage') }]);
    });

    test('are not prepared behind a transaction pooler, which gets no unsupported startup parameter', async () => {
      const database = made.another({ maxConnections: 1, transactionPooler: true });
      const { getUploadQuota } = createDatabaseService(database);
      for (let i = 0; i < 3; i++) await getUploadQuota({ userId: newId() });
      expect(await namesOf(database)).toEqual([]);
      const [row] = await database.db.execute(sql`SELECT current_setting('statement_timeout') AS statement`);
      expect(row).toEqual({ statement: '0' });
    });
  });

  describe('close', () => {
    test('waits for operations under way, and refuses new ones', async () => {
      const database = made.another({ maxConnections: 1 });
      const working = database.transaction((tx) => tx.execute(sql`SELECT pg_sleep(0.2), 'done' AS word`));
      const waiting = database.ping();
      await database.close({ deadlineMs: 60_000 });
      expect(await working).toMatchObject([{ word: 'done' }]);
      await waiting;
      await failure('UNAVAILABLE', database.ping());
      await database.close();
    });

    test('ends operations at the deadline', async () => {
      const database = made.another();
      const working = database.transaction((tx) => tx.execute(sql`SELECT pg_sleep(30)`));
      await database.ping();
      const failed = failure('UNAVAILABLE', working);
      await database.close({ deadlineMs: 100 });
      await failed;
    });

    test('does not wait where no connection was opened', async () => {
      await createDatabase('postgres://u@127.0.0.1:1/db').close();
      const unreachable = createDatabase('postgres://u@127.0.0.1:1/db');
      await failure('UNAVAILABLE', unreachable.ping());
      await unreachable.close();
    });
  });

  test('`db` throws Drizzle’s errors with the driver’s as their cause', async () => {
    await expect(made.database.db.execute(sql`SELECT 1/0`)).rejects.toMatchObject({ cause: { code: '22012' } });
    expect(await made.database.db.execute(one)).toHaveLength(1);
  });
});
