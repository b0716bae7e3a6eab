import { describe, expect, test } from 'vitest';
import { migrate, status } from '../../src/index.ts';
import { freshDatabase, otherSession } from '../support/database.ts';
import { writeFolder } from '../support/folder.ts';
import { findPgBouncer, startPgBouncer } from '../support/pgbouncer.ts';
import { rejection } from '../support/rejection.ts';
import { sample } from '../support/sample.ts';

const binary = findPgBouncer();
const title = binary === null ? 'behind PgBouncer: skipped, PgBouncer is not installed here' : 'behind PgBouncer';

describe.skipIf(binary === null)(title, () => {
  test.each([1, 2, 20])(
    'in transaction mode with a pool of %i: refused with the reason, and nothing is set or changed',
    async (poolSize) => {
      const { url, sql } = await freshDatabase();
      const pooled = await startPgBouncer(binary ?? '', url, { mode: 'transaction', poolSize });
      const folder = writeFolder(sample);
      for (const command of [migrate, status]) {
        const error = await rejection(command({ folder, url: pooled }));
        expect([error.code, error.exitCode]).toEqual(['TRANSACTION_POOLER', 2]);
        expect(error.message).toContain('pg_backend_pid changes between statements');
      }
      // A SET would remain on the server process for the pool's next client.
      const next = otherSession(pooled, 'next client');
      expect(
        await next`select current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement`,
      ).toEqual([{ lock: '0', statement: '0' }]);
      expect(await sql`select to_regnamespace('drizzle') as drizzle`).toEqual([{ drizzle: null }]);
    },
  );

  test('in transaction mode with other clients: refused too', async () => {
    const { url } = await freshDatabase();
    // With many processes, the pool does not give the same one several times by chance.
    const pooled = await startPgBouncer(binary ?? '', url, { mode: 'transaction', poolSize: 20 });
    const others = Array.from({ length: 24 }, (_, index) => otherSession(pooled, `client ${index}`));
    let stop = false;
    const busy = others.map(async (other) => {
      while (!stop) await other.unsafe('select pg_sleep(0.002)');
    });
    const error = await rejection(migrate({ folder: writeFolder(sample), url: pooled }));
    stop = true;
    await Promise.all(busy);
    expect(error.code).toBe('TRANSACTION_POOLER');
  });

  test.each([5, 1])('in session mode with a pool of %i: migrated, since locks and settings hold', async (poolSize) => {
    const { url } = await freshDatabase();
    const pooled = await startPgBouncer(binary ?? '', url, { mode: 'session', poolSize });
    expect((await migrate({ folder: writeFolder(sample), url: pooled })).applied).toHaveLength(sample.length);
  });
});
