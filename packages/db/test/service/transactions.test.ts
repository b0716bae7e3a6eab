import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import type { DrizzleTransaction } from '../../src/client.ts';
import { libraryTracks } from '../../src/schema/index.ts';
import { failure } from './support/failure.ts';
import { useService } from './support/service.ts';

describe('transactions', () => {
  const made = useService({ bootstrap: 'plain', as: 'owner' });
  const add = (tx: DrizzleTransaction, title: string) => tx.insert(libraryTracks).values({ title, fileKey: title });
  const titles = async (like: string) => {
    const rows = await made.db.sql`SELECT title FROM library_tracks WHERE title LIKE ${like} ORDER BY title`;
    return rows.map(({ title }) => title as string);
  };

  test('an error of the work rolls back', async () => {
    const work = made.database.transaction(async (tx) => {
      await add(tx, 'thrown');
      throw new RangeError('mine');
    });
    await expect(work).rejects.toThrow(RangeError);
    expect(await titles('thrown')).toEqual([]);
    await made.database.transaction((tx) => add(tx, 'kept'));
    expect(await titles('kept')).toEqual(['kept']);
  });

  test('a nested transaction is rolled back alone', async () => {
    await made.database.transaction(async (tx) => {
      await add(tx, 'nested outer');
      await tx
        .transaction(async (inner) => {
          await add(inner, 'nested inner');
          await inner.execute(sql`SELECT 1/0`);
        })
        .catch(() => undefined);
      await tx.transaction((inner) => add(inner, 'nested second'));
    });
    expect(await titles('nested%')).toEqual(['nested outer', 'nested second']);
  });

  test('a failed transaction throws, also where the work caught the error', async () => {
    const work = made.database.transaction(async (tx) => {
      await add(tx, 'swallowed');
      await tx.execute(sql`SELECT 1/0`).catch(() => undefined);
      return 'done';
    });
    expect((await failure('INVALID_INPUT', work)).cause).toMatchObject({ code: '22012' });
    expect(await titles('swallowed')).toEqual([]);
  });

  test('a transaction that loses its connection throws, and no statement of it runs on another connection', async () => {
    const database = made.another({ maxConnections: 1 });
    const work = database.transaction(async (tx) => {
      await add(tx, 'killed 1');
      const [row] = await tx.execute<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`);
      await made.db.superuser`SELECT pg_terminate_backend(${row?.pid ?? 0}::int, 5000::bigint)`;
      await add(tx, 'killed 2').catch(() => undefined);
      await add(tx, 'killed 3').catch(() => undefined);
    });
    await failure('UNAVAILABLE', work);
    await database.ping();
    expect(await titles('killed%')).toEqual([]);
  });

  test('a transaction that is over refuses statements', async () => {
    let stray: DrizzleTransaction | undefined;
    await made.database.transaction(async (tx) => {
      stray = tx;
      await add(tx, 'over 1');
    });
    await expect(stray && add(stray, 'over 2')).rejects.toMatchObject({
      cause: new TypeError('the transaction is over'),
    });
    expect(await titles('over%')).toEqual(['over 1']);
  });

  test('SET LOCAL does not reach other transactions', async () => {
    const level = await made.database.db.transaction(
      (tx) => tx.execute(sql`SELECT current_setting('transaction_isolation') AS level`),
      { isolationLevel: 'serializable' },
    );
    expect(level).toEqual([{ level: 'serializable' }]);
  });

  test('more transactions than connections wait for each other', async () => {
    const database = made.another({ maxConnections: 2 });
    const work = (i: number) => database.transaction((tx) => add(tx, `turn ${String(i).padStart(2, '0')}`));
    await Promise.all([
      ...Array.from({ length: 20 }, (_, i) => work(i)),
      ...Array.from({ length: 20 }, () => database.ping()),
    ]);
    expect(await titles('turn%')).toHaveLength(20);
  });
});
