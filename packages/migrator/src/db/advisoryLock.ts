import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Blocker, MigratorError } from '../errors.ts';
import type { Settings } from '../options.ts';
import { blockerColumns, describeBlocker, toBlocker } from './blockers.ts';
import { codeOf, messageOf } from './driverErrors.ts';
import { ledgerName } from './ledger.ts';
import type { Session } from './session.ts';

const pollMs = { first: 50, longest: 1000 };

/** Key of the lock that the runners of one ledger share: a signed 64-bit number, in decimal. */
export function advisoryKey(database: string, settings: Settings): string {
  return createHash('sha256')
    .update(`migrator ${database} ${ledgerName(settings)}`)
    .digest()
    .readBigInt64BE()
    .toString();
}

/**
 * Takes the session's advisory lock by polling: a blocking wait would hold a snapshot that CREATE INDEX CONCURRENTLY of
 * the holder waits for. The lock is taken twice, for assertLockSql. Throws ADVISORY_LOCK_TIMEOUT, naming the holder,
 * after `advisoryLockWaitMs`.
 */
export async function takeAdvisoryLock(session: Session, settings: Settings, key: string): Promise<void> {
  const started = performance.now();
  for (let delay = pollMs.first; ; delay = Math.min(delay * 1.5, pollMs.longest)) {
    settings.signal?.throwIfAborted();
    const { rows } = await session.run(
      `select case when pg_try_advisory_lock(${key}) then pg_try_advisory_lock(${key}) end as locked`,
    );
    if (rows[0]?.locked === true) return;
    const holder = await findHolder(session, key);
    const waitedMs = performance.now() - started;
    if (waitedMs > settings.advisoryLockWaitMs) throw timedOut(holder, settings);
    settings.emit({ type: 'waiting-for-runner', holder, waitedMs });
    await sleep(delay * (0.5 + Math.random()), undefined, settings.signal ? { signal: settings.signal } : {});
  }
}

const LOST = 'the migrator has lost its advisory lock';

/**
 * SQL that fails where a migration released the lock, so that another runner may have started. While the session holds the
 * lock twice, it can release and retake one hold without giving it up. A query of pg_locks would take several times as long.
 */
export function assertLockSql(key: string): string {
  return `select (case when not pg_advisory_unlock(${key}) then '${LOST}' when not pg_try_advisory_lock(${key}) then '${LOST}' else '1' end)::int`;
}

/** The error of assertLockSql as ADVISORY_LOCK_LOST; every other error as it is. */
export function asLockLost(error: unknown): unknown {
  if (codeOf(error) !== '22P02' || !messageOf(error).includes(LOST)) return error;
  return new MigratorError(
    'ADVISORY_LOCK_LOST',
    'The file released the lock that keeps other runners out. Remove pg_advisory_unlock_all() or the like from it.',
  );
}

async function findHolder(session: Session, key: string): Promise<Blocker | null> {
  const { rows } = await session.run(
    `select ${blockerColumns} from pg_locks l join pg_stat_activity a using (pid)
     where locktype = 'advisory' and granted and objsubid = 1 and (classid::bigint << 32 | objid::bigint) = ${key}
       and database = (select oid from pg_database where datname = current_database())`,
  );
  return rows[0] ? toBlocker(rows[0]) : null;
}

function timedOut(holder: Blocker | null, settings: Settings): MigratorError {
  const who = holder ? describeBlocker(holder) : 'another session';
  return new MigratorError(
    'ADVISORY_LOCK_TIMEOUT',
    `Another runner has held this database's migration lock for longer than ${settings.advisoryLockWaitMs} ms: ${who}. Nothing was changed.`,
    holder ? { blockers: [holder] } : {},
  );
}
