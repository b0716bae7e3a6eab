import { inspect } from 'node:util';
import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import type { Database } from '../../src/client.ts';
import { failure } from './support/failure.ts';
import { startNetwork } from './support/proxy.ts';
import { useService } from './support/service.ts';

describe('a failing network', () => {
  const made = useService({ bootstrap: 'plain', as: 'owner' });

  /** Waits until this number of concurrent operations succeeds. */
  const answers = async (database: Database, count: number) => {
    const ask = () => Promise.all(Array.from({ length: count }, () => database.ping()));
    await expect.poll(() => ask().then(() => 'answered', String)).toBe('answered');
  };

  test('connections that end: operations under way fail, and later ones succeed', async () => {
    const network = await startNetwork(made.db.database.url);
    const database = made.another({ url: network.through(made.db.database.url) });
    await database.ping();
    const working = failure(
      'UNAVAILABLE',
      database.transaction((tx) => tx.execute(sql`SELECT pg_sleep(30)`)),
    );
    await database.ping();
    await network.cut();
    await working;
    await failure('UNAVAILABLE', database.ping());
    await network.restore();
    await database.ping();
  });

  test('packets dropped from the start: operations fail, and succeed once the network works', async () => {
    const network = await startNetwork(made.db.database.url);
    const database = made.another({
      ...{ url: network.through(made.db.database.url), maxConnections: 2 },
      ...{ connectTimeoutMs: 1_000, operationTimeoutMs: 10_000 },
    });
    network.mute();
    const error = await failure('UNAVAILABLE', database.ping());
    expect(error.cause).toMatchObject({ code: 'CONNECT_TIMEOUT' });
    await network.restore();
    await answers(database, 1);
  });

  test('packets dropped later: an operation fails at its deadline, and no connection is lost for good', async () => {
    const network = await startNetwork(made.db.database.url);
    const database = made.another({
      ...{ url: network.through(made.db.database.url), maxConnections: 2 },
      ...{ connectTimeoutMs: 1_000, statementTimeoutMs: 1_000, operationTimeoutMs: 1_000 },
    });
    await answers(database, 3);
    network.mute();
    const lost = await Promise.all(Array.from({ length: 5 }, () => failure('TIMEOUT', database.ping())));
    expect(lost.map(({ phase }) => phase)).toContain('answer');
    await network.restore();
    await answers(database, 40);
  });

  test('several hosts: a reachable one is used, and without one the error says so', async () => {
    const { url } = made.db.database;
    const { host } = new URL(url);
    await made.another({ url: url.replace(host, `127.0.0.1:1,${host}`) }).ping();
    const nobody = made.another({ url: url.replace(host, '127.0.0.1:1,127.0.0.1:2') });
    const error = await failure('UNAVAILABLE', nobody.ping());
    expect(error.message).toContain('127.0.0.1:1,127.0.0.1:2/');
    expect(error.message).toContain('ECONNREFUSED');
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(new URL(url).password);
  });
});
