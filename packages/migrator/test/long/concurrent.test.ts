import { expect, test } from 'vitest';
import { advisoryKey } from '../../src/db/advisoryLock.ts';
import { type MigrateResult, type MigratorEvent, migrate } from '../../src/index.ts';
import { resolveOptions } from '../../src/options.ts';
import { freshDatabase, otherSession } from '../support/database.ts';
import { writeFolder } from '../support/folder.ts';
import { rejection } from '../support/rejection.ts';
import { sample } from '../support/sample.ts';
import { snapshot } from '../support/snapshot.ts';

/** Twenty runners at once on a slow machine wait long for each other, and for a connection. */
const patient = { connectTimeoutMs: 60_000, advisoryLockWaitMs: 120_000 };

async function undisturbed(): Promise<unknown> {
  const { url, sql } = await freshDatabase();
  await migrate({ folder: writeFolder(sample), url });
  return await snapshot(sql);
}

function expectEachOnce(results: readonly MigrateResult[], tags: readonly string[]): void {
  expect(results.flatMap((it) => it.applied.map(({ tag }) => tag)).sort()).toEqual([...tags].sort());
}

test('twenty migrators at once on a fresh database apply each file exactly once', async () => {
  const { url, sql, name } = await freshDatabase();
  const folder = writeFolder(sample);
  // No runner starts before all of them wait.
  const gate = otherSession(url, 'gate');
  const key = advisoryKey(name, resolveOptions({ folder, url }));
  await gate`select pg_advisory_lock(${key}::bigint)`;
  const waiting = new Set<number>();
  const running = Array.from({ length: 20 }, (_, number) =>
    migrate({
      ...{ folder, url, ...patient },
      onEvent: (event) => event.type === 'waiting-for-runner' && waiting.add(number),
    }),
  );
  await expect.poll(() => waiting.size, { timeout: 60_000 }).toBe(20);
  await gate`select pg_advisory_unlock(${key}::bigint)`;
  const results = await Promise.all(running);
  expectEachOnce(
    results,
    sample.map((it) => it.tag),
  );
  // A runner that waited reports what another has applied.
  const idle = results.filter((it) => it.applied.length === 0);
  expect(idle.map((it) => it.appliedByOthers.length)).toEqual(Array.from({ length: 19 }, () => sample.length));
  expect(await snapshot(sql)).toEqual(await undisturbed());
});

test('twenty migrators at once on an existing database apply each pending file exactly once', async () => {
  const { url, sql } = await freshDatabase();
  const folder = writeFolder(sample);
  await migrate({ folder, url, to: '0002_enum' });
  const results = await Promise.all(Array.from({ length: 20 }, () => migrate({ folder, url, ...patient })));
  expectEachOnce(
    results,
    sample.slice(3).map((it) => it.tag),
  );
  expect(await snapshot(sql)).toEqual(await undisturbed());
});

test('a runner that waits too long names the holder and changes nothing; later the same call succeeds', async () => {
  const { url, sql } = await freshDatabase();
  const folder = writeFolder([{ tag: '0000_slow', sql: 'create table t (); select pg_advisory_xact_lock(1);' }]);
  const gate = otherSession(url, 'gate');
  await gate`select pg_advisory_lock(1)`;
  const timeouts = { lockTimeoutMs: 120_000, statementTimeoutMs: 120_000 };
  const first = migrate({ folder, url, applicationName: 'the first', ...timeouts });
  const events: MigratorEvent[] = [];
  await expect
    .poll(
      () =>
        sql`select from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())`,
    )
    .toHaveLength(1);
  const error = await rejection(
    migrate({ folder, url, advisoryLockWaitMs: 4000, onEvent: (event) => events.push(event) }),
  );
  expect([error.code, error.exitCode]).toEqual(['ADVISORY_LOCK_TIMEOUT', 4]);
  expect(error.details.blockers).toEqual([
    expect.objectContaining({ applicationName: 'the first', query: 'select pg_advisory_xact_lock(1)' }),
  ]);
  const [waiting] = events;
  expect(waiting).toMatchObject({
    type: 'waiting-for-runner',
    holder: { applicationName: 'the first', since: expect.any(Date) },
  });
  await gate`select pg_advisory_unlock(1)`;
  expect((await first).applied).toHaveLength(1);
  expect(await migrate({ folder, url })).toEqual({ applied: [], appliedByOthers: [] });
});

test('an advisory lock of another key blocks no runner', async () => {
  const { url } = await freshDatabase();
  const other = otherSession(url, 'app');
  await other`select pg_advisory_lock(42)`;
  const events: MigratorEvent[] = [];
  await migrate({ folder: writeFolder(sample.slice(0, 1)), url, onEvent: (event) => events.push(event) });
  expect(events.map((it) => it.type)).not.toContain('waiting-for-runner');
});
