import { sql } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { createDatabaseService } from '../../src/services/databaseService.ts';
import { addUsers } from '../support/people.ts';
import { failure } from './support/failure.ts';
import { useService } from './support/service.ts';

describe('a signal', () => {
  const made = useService({ bootstrap: 'plain', as: 'owner' });

  const waitingForLocks = async (name: string): Promise<number> => {
    const [row] = await made.db.superuser`
      SELECT count(*)::int AS count FROM pg_stat_activity
       WHERE application_name = ${name} AND state = 'active' AND wait_event = 'transactionid'`;
    return row?.count as number;
  };

  const sessionsOf = async (name: string): Promise<number> => {
    const [row] = await made.db.superuser`
      SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = ${name}`;
    return row?.count as number;
  };

  test('that is aborted before: nothing is sent', async () => {
    const database = made.another({ applicationName: 'unsent' });
    const error = await failure('ABORTED', database.ping({ signal: AbortSignal.abort('why') }));
    expect(error.cause).toBe('why');
    expect(await sessionsOf('unsent')).toBe(0);
  });

  test('that aborts a running statement: the server ends it without effect', async () => {
    const [userId] = await addUsers(made.db.superuser);
    const { id } = await made.service.createUpload({ userId, contentType: 'audio/mpeg', sizeBytes: 1 });
    const database = made.another({ applicationName: 'aborted', maxConnections: 1, statementTimeoutMs: 60_000 });
    const pid = () => database.db.execute(sql`SELECT pg_backend_pid() AS pid`);
    const before = await pid();
    const controller = new AbortController();
    await made.db.sql.begin(async (tx) => {
      await tx`SELECT FROM uploads WHERE user_id = ${userId} AND id = ${id} FOR UPDATE`;
      const { renameUpload } = createDatabaseService(database);
      const renaming = failure('ABORTED', renameUpload({ userId, id, title: 'late' }, { signal: controller.signal }));
      await expect.poll(() => waitingForLocks('aborted')).toBe(1);
      controller.abort(new Error('the client went away'));
      expect((await renaming).cause).toEqual(new Error('the client went away'));
      expect(await waitingForLocks('aborted')).toBe(0);
    });

    expect(await made.service.getUpload({ userId, id })).toMatchObject({ title: null });
    expect(await pid()).toEqual(before);
  });

  test('that aborts a waiting operation: it leaves the queue', async () => {
    const database = made.another({ maxConnections: 1 });
    const controller = new AbortController();
    const busy = database.transaction((tx) => tx.execute(sql`SELECT pg_sleep(0.3)`));
    const waiting = failure('ABORTED', database.ping({ signal: controller.signal }));
    setTimeout(() => controller.abort(), 50);
    await waiting;
    await busy;
    await database.ping();
  });

  test('that is not aborted: the operation succeeds', async () => {
    const database = made.another({ maxConnections: 1 });
    const controller = new AbortController();
    for (let i = 0; i < 3; i++) await database.ping({ signal: controller.signal });
    controller.abort();
    await database.ping();
  });

  test('never ends another statement', async () => {
    const database = made.another({ maxConnections: 2, connectTimeoutMs: 30_000, operationTimeoutMs: 120_000 });
    const outcomes = await Promise.all(
      Array.from({ length: 400 }, async (_, i) => {
        if (i % 2 === 0) return database.ping().then(() => 'answered');
        const signal = AbortSignal.timeout(i % 7);
        return database.ping({ signal }).then(
          () => 'in time',
          (error: { code: string }) => error.code,
        );
      }),
    );
    expect(outcomes.filter((outcome) => outcome === 'answered')).toHaveLength(200);
    expect(new Set(outcomes)).toContain('ABORTED');
    expect([...new Set(outcomes)].filter((outcome) => !['answered', 'in time', 'ABORTED'].includes(outcome))).toEqual(
      [],
    );
  });
});
