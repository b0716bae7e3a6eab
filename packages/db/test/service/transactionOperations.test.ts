import { randomUUID } from 'node:crypto';
import { eq, inArray, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Database, DrizzleTransaction } from '../../src/client.ts';
import { libraryTracks, uploads } from '../../src/schema/index.ts';
import { createDatabaseService } from '../../src/services/databaseService.ts';
import { addUsers } from '../support/people.ts';
import { failure } from './support/failure.ts';
import { connections, isPooled, useService } from './support/service.ts';

const song = { contentType: 'audio/mpeg', sizeBytes: 10 };

describe.each(connections)('operations in a transaction, on $bootstrap as $as', (connection) => {
  const made = useService(connection);
  /** With one connection, an operation that needs a second one never ends. */
  let database: Database;
  let userId: string;
  beforeAll(async () => {
    [userId] = await addUsers(made.db.superuser);
    database = made.another({ maxConnections: 1, applicationName: 'takes part' });
  });
  const addOwn = (tx: DrizzleTransaction, title: string) => tx.insert(libraryTracks).values({ title, fileKey: title });
  const recorded = async (title: string) => {
    const [own] = await made.db.sql`SELECT count(*)::int AS count FROM library_tracks WHERE title = ${title}`;
    const [uploaded] = await made.db.sql`SELECT count(*)::int AS count FROM uploads WHERE title = ${title}`;
    return [own?.count, uploaded?.count];
  };

  test('an upload and a row of the application’s own are committed together, and rolled back together', async () => {
    const both = (title: string, after: () => void) =>
      database.transaction(async (tx) => {
        await addOwn(tx, title);
        const upload = await createDatabaseService(tx).createUpload({ userId, ...song, title });
        expect(await createDatabaseService(tx).getUpload({ userId, id: upload.id })).toEqual(upload);
        after();
      });
    await both('kept', () => undefined);
    expect(await recorded('kept')).toEqual([1, 1]);

    const own = new RangeError('mine');
    const thrown = both('thrown', () => {
      throw own;
    });
    await expect(thrown).rejects.toBe(own);
    expect(await recorded('thrown')).toEqual([0, 0]);
  });

  test('a refused operation is undone alone, and the transaction goes on, as `endsTransaction` says', async () => {
    const title = 'goes on';
    await database.transaction(async (tx) => {
      const service = createDatabaseService(tx);
      await addOwn(tx, title);
      const { fileKey } = await service.createUpload({ userId, ...song, title });
      const refusals = [
        failure('DUPLICATE_FILE_KEY', service.createUpload({ userId, ...song, fileKey })),
        failure('QUOTA_EXCEEDED', service.createUpload({ userId, ...song, quotaLimitBytes: 1 })),
        failure('UNKNOWN_USER', service.createUpload({ userId: randomUUID(), ...song })),
        failure('UPLOAD_NOT_FOUND', service.deleteUpload({ userId, id: randomUUID() })),
        failure('INVALID_INPUT', service.createUpload({ userId, ...song, sizeBytes: 0 })),
      ];
      for (const refusal of refusals) expect((await refusal).endsTransaction).toBe(false);
      await service.createUpload({ userId, ...song, title });
    });
    expect(await recorded(title)).toEqual([1, 2]);
  });

  test('a refused operation does not undo operations and queries that run at the same time', async () => {
    const title = 'together';
    await database.transaction(async (tx) => {
      const service = createDatabaseService(tx);
      const { fileKey } = await service.createUpload({ userId, ...song, title });
      const settled = await Promise.allSettled([
        service.createUpload({ userId, ...song, title }),
        service.createUpload({ userId, ...song, fileKey }),
        addOwn(tx, title),
        service.createUpload({ userId, ...song, fileKey }),
        addOwn(tx, title),
        service.createUpload({ userId, ...song, title }),
      ]);
      expect(settled.map(({ status }) => status[0]).join('')).toBe('frfrff');
    });
    expect(await recorded(title)).toEqual([2, 3]);
  });

  test('a nested transaction that rolls back undoes its operations', async () => {
    await database.transaction(async (tx) => {
      await createDatabaseService(tx).createUpload({ userId, ...song, title: 'outer' });
      const inner = tx.transaction(async (nested) => {
        await createDatabaseService(nested).createUpload({ userId, ...song, title: 'inner' });
        await nested.execute(sql`SELECT 1/0`);
      });
      await expect(inner).rejects.toMatchObject({ cause: { code: '22012' } });
    });
    expect(await recorded('outer')).toEqual([0, 1]);
    expect(await recorded('inner')).toEqual([0, 0]);
  });

  test('after a failed query they throw its error, with `endsTransaction`', async () => {
    const work = database.transaction(async (tx) => {
      await tx.execute(sql`SELECT 1/0`).catch(() => undefined);
      const refused = await failure('INVALID_INPUT', createDatabaseService(tx).getUploadQuota({ userId }));
      expect(refused).toMatchObject({ endsTransaction: true, cause: { code: '22012' } });
      throw refused;
    });
    await failure('INVALID_INPUT', work);
  });

  test('asUser: they run as that user, under row security, and a refusal leaves the transaction usable', async () => {
    const [stranger] = await addUsers(made.db.superuser);
    const upload = await made.service.createUpload({ userId, ...song });
    const service = createDatabaseService(database);
    const claims = { sub: stranger, role: 'authenticated' as const };
    const seen = await service.asUser(claims, async (tx) => {
      const own = createDatabaseService(tx);
      expect(
        (await failure('PERMISSION_DENIED', own.createUpload({ userId: stranger, ...song }))).endsTransaction,
      ).toBe(false);
      return own.getUpload({ userId, id: upload.id });
    });
    expect(seen).toBeNull();
    const theirs = await service.asUser({ ...claims, sub: userId }, (tx) =>
      createDatabaseService(tx).renameUpload({ userId, id: upload.id, title: 'Mine' }),
    );
    expect(theirs).toMatchObject({ id: upload.id, title: 'Mine' });
  });

  test('asUser in a transaction: role and claims end with its work, whether it succeeds or not', async () => {
    const whoAmI = sql`SELECT current_user::text AS me, coalesce(auth.uid()::text, '') AS sub`;
    const claims = { sub: userId, role: 'authenticated' as const };
    await database.transaction(async (tx) => {
      const [before] = await tx.execute(whoAmI);
      const service = createDatabaseService(tx);
      const [inside] = await service.asUser(claims, (inner) => inner.execute(whoAmI));
      expect(inside).toEqual({ me: 'authenticated', sub: userId });
      expect((await tx.execute(whoAmI))[0]).toEqual(before);
      await failure(
        'PERMISSION_DENIED',
        service.asUser(claims, (inner) => inner.delete(uploads).where(eq(uploads.userId, userId))),
      );
      expect((await tx.execute(whoAmI))[0]).toEqual(before);
      await service.createUpload({ userId, ...song });
    });
  });
});

describe('a transaction that operations take part in', () => {
  const made = useService({ bootstrap: 'plain', as: 'owner' });
  let userId: string;
  beforeAll(async () => {
    [userId] = await addUsers(made.db.superuser);
  });

  test.skipIf(isPooled)('has their statements prepared', async () => {
    const database = made.another({ maxConnections: 1 });
    const names = await database.transaction(async (tx) => {
      for (let i = 0; i < 3; i++) await createDatabaseService(tx).getUploadQuota({ userId });
      return tx.execute(sql`SELECT statement FROM pg_prepared_statements`);
    });
    expect([...names]).toEqual([{ statement: expect.stringContaining('upload_daily_usage') }]);
  });

  test.skipIf(isPooled)('goes on after one that was aborted by its signal, or took too long', async () => {
    const database = made.another({ maxConnections: 1, statementTimeoutMs: 500, operationTimeoutMs: 30_000 });
    const { id } = await made.service.createUpload({ userId, ...song });
    await made.db.sql.begin(async (holder) => {
      await holder`SELECT FROM uploads WHERE user_id = ${userId} AND id = ${id} FOR UPDATE`;
      await database.transaction(async (tx) => {
        const service = createDatabaseService(tx);
        const rename = (signal?: AbortSignal) =>
          service.renameUpload({ userId, id, title: 'late' }, signal === undefined ? {} : { signal });
        for (const refused of [
          await failure('ABORTED', rename(AbortSignal.abort())),
          await failure('ABORTED', rename(AbortSignal.timeout(50))),
          await failure('TIMEOUT', rename()),
        ]) {
          expect(refused.endsTransaction).toBe(false);
        }
        expect(await service.getUpload({ userId, id })).toMatchObject({ title: null });
      });
    });
  });

  test('that loses its connection: the error has `endsTransaction`', async () => {
    const database = made.another({ maxConnections: 1 });
    const work = database.transaction(async (tx) => {
      const service = createDatabaseService(tx);
      const [row] = await tx.execute<{ pid: number }>(sql`SELECT pg_backend_pid() AS pid`);
      await made.db.superuser`SELECT pg_terminate_backend(${row?.pid ?? 0}::int, 5000::bigint)`;
      const lost = await failure('UNAVAILABLE', service.getUploadQuota({ userId }));
      expect(lost.endsTransaction).toBe(true);
    });
    await failure('UNAVAILABLE', work);
    await database.ping();
  });

  test('that is over refuses operations', async () => {
    let late: DrizzleTransaction | undefined;
    await made.database.transaction(async (tx) => {
      late = tx;
    });
    const refused = await failure(
      'UNEXPECTED',
      createDatabaseService(late as DrizzleTransaction).getUploadQuota({ userId }),
    );
    expect(refused.message).toContain('the transaction is over');
  });

  test('of another client is refused', async () => {
    const foreign = drizzle(made.db.sql);
    const inForeign = foreign.transaction(async (tx) => createDatabaseService(tx));
    expect(await failure('INVALID_INPUT', inForeign)).toMatchObject({ field: 'database', rule: 'type' });
    const own = await made.database.db.transaction((tx) => createDatabaseService(tx).getUploadQuota({ userId }));
    expect(own).toMatchObject({ limitBytes: 100_000_000 });
  });
});

describe('options of a transaction', () => {
  const made = useService({ bootstrap: 'plain', as: 'owner' });
  let userId: string;
  beforeAll(async () => {
    [userId] = await addUsers(made.db.superuser);
  });

  /** A transaction that conflicts with another one in its first `times` attempts. */
  async function overtaken(times: number, retries?: number) {
    const database = made.another({ maxConnections: 1 });
    const upload = await made.service.createUpload({ userId, ...song });
    let attempts = 0;
    const work = database.transaction(
      async (tx) => {
        const service = createDatabaseService(tx);
        await service.getUpload({ userId, id: upload.id });
        if (attempts++ < times) await made.service.renameUpload({ userId, id: upload.id, title: `${attempts}` });
        const renamed = service.renameUpload({ userId, id: upload.id, title: 'mine' });
        if (attempts <= times) expect((await failure('CONFLICT', renamed)).endsTransaction).toBe(true);
        return renamed;
      },
      { isolationLevel: 'repeatable read', ...(retries === undefined ? {} : { retries }) },
    );
    return { work, attempts: () => attempts };
  }

  test('a serialization failure is CONFLICT, after the given number of retries', async () => {
    const once = await overtaken(9);
    expect((await failure('CONFLICT', once.work)).cause).toMatchObject({ code: '40001' });
    expect(once.attempts()).toBe(1);

    const three = await overtaken(9, 3);
    expect((await failure('CONFLICT', three.work)).cause).toMatchObject({ code: '40001' });
    expect(three.attempts()).toBe(4);

    const enough = await overtaken(2, 3);
    expect(await enough.work).toMatchObject({ title: 'mine' });
    expect(enough.attempts()).toBe(3);
  });

  test('a serialization failure at COMMIT is retried too', async () => {
    const database = made.another({ maxConnections: 2 });
    const pair = [randomUUID(), randomUUID()];
    let attempts = 0;
    let arrived = 0;
    const bothHaveRead = () => expect.poll(() => arrived).toBeGreaterThanOrEqual(2);
    const add = (title: string) =>
      database.transaction(
        async (tx) => {
          attempts++;
          const found = await tx.$count(libraryTracks, inArray(libraryTracks.title, pair));
          arrived++;
          await bothHaveRead();
          await createDatabaseService(tx).createLibraryTrack({ title, fileKey: title });
          return found;
        },
        { isolationLevel: 'serializable', retries: 3 },
      );
    // A write skew: one of the two is retried.
    expect((await Promise.all(pair.map(add))).sort()).toEqual([0, 1]);
    expect(attempts).toBe(3);
  });

  test('two transactions that deadlock both succeed with retries', async () => {
    const database = made.another({ maxConnections: 2 });
    const first = await made.service.createUpload({ userId, ...song });
    const second = await made.service.createUpload({ userId, ...song });
    let attempts = 0;
    let holding = 0;
    const both = (ids: readonly string[]) =>
      database.transaction(
        async (tx) => {
          attempts++;
          const service = createDatabaseService(tx);
          await service.renameUpload({ userId, id: ids[0] ?? '', title: 'both' });
          holding++;
          await expect.poll(() => holding).toBeGreaterThanOrEqual(2);
          await service.renameUpload({ userId, id: ids[1] ?? '', title: 'both' });
        },
        { retries: 5 },
      );
    await Promise.all([both([first.id, second.id]), both([second.id, first.id])]);
    expect(attempts).toBeGreaterThanOrEqual(3);
  });

  test('the transaction has the isolation level and the access mode', async () => {
    const database = made.another({ maxConnections: 1 });
    const settings = () => sql`
      SELECT current_setting('transaction_isolation') AS isolation, current_setting('transaction_read_only') AS read_only`;
    const [own] = await database.transaction((tx) => tx.execute(settings()), {
      ...{ isolationLevel: 'serializable', accessMode: 'read only' },
    });
    expect(own).toEqual({ isolation: 'serializable', read_only: 'on' });
    const [after] = await database.transaction((tx) => tx.execute(settings()));
    expect(after).toEqual({ isolation: 'read committed', read_only: 'off' });
  });

  test.each([
    ['isolationLevel', 'serializable; DROP TABLE uploads'],
    ['accessMode', 'read'],
    ['retries', -1],
    ['retries', 1.5],
    ['retries', 101],
  ])('%s of %j is refused', async (field, value) => {
    const begun = made.database.transaction(() => Promise.resolve(), { [field]: value });
    expect(await failure('INVALID_INPUT', begun)).toMatchObject({ field });
  });
});
