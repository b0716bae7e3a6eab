import { describe, expect, test } from 'vitest';
import { migrate, status } from '../../src/index.ts';
import { freshDatabase, otherSession } from '../support/database.ts';
import { rejection } from '../support/errors.ts';
import { writeFolder } from '../support/folder.ts';
import { findPgBouncer, startPgBouncer } from '../support/pgbouncer.ts';
import { sample } from '../support/sample.ts';

const binary = findPgBouncer();
const title = binary === null ? 'behind PgBouncer: skipped, PgBouncer is not installed here' : 'behind PgBouncer';

describe.skipIf(binary === null)(title, () => {
  test.each([1, 2, 20])(
    'in transaction mode with a pool of %i: refused by name of the reason, nothing set and nothing changed',
    async (poolSize) => {
      const { url, sql } = await freshDatabase();
      const pooled = await startPgBouncer(binary ?? '', url, { mode: 'transaction', poolSize });
      const folder = writeFolder(sample);
      for (const command of [migrate, status]) {
        const error = await rejection(command({ folder, url: pooled }));
        expect([error.code, error.exitCode]).toEqual(['TRANSACTION_POOLER', 2]);
        expect(error.message).toContain('pg_backend_pid changes between statements');
      }
      // A SET would stay on the server's process, for the pool's next client to find.
      const next = otherSession(pooled, 'next client');
      expect(
        await next`select current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement`,
      ).toEqual([{ lock: '0', statement: '0' }]);
      expect(await sql`select to_regnamespace('drizzle') as drizzle`).toEqual([{ drizzle: null }]);
    },
  );

  test('in transaction mode among other clients: refused as well', async () => {
    const { url } = await freshDatabase();
    // Of many processes, so that chance does not give the same one several times.
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

  test.each([5, 1])(
    'in session mode with a pool of %i: welcome, for locks and settings hold there',
    async (poolSize) => {
      const { url } = await freshDatabase();
      const pooled = await startPgBouncer(binary ?? '', url, { mode: 'session', poolSize });
      expect((await migrate({ folder: writeFolder(sample), url: pooled })).applied).toHaveLength(sample.length);
    },
  );
});
