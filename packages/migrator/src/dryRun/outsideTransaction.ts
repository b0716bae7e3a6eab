import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from '../db/session.ts';
import type { Run } from '../run/run.ts';
import { type Place, runWatched } from '../run/statement.ts';
import { type DryStatement, dryStatement, readLocks, type TakenLock, without } from './observe.ts';

const waitMs = 5000;

/**
 * Runs a statement that refuses a transaction and reads its locks while a second session holds it up twice: by SHARE UPDATE
 * EXCLUSIVE on every table, which shows the lock it asks for, then by ROW EXCLUSIVE, which concurrent builds wait out with
 * all their locks in hand. For a throwaway database alone.
 */
export async function observeOutside(
  run: Run,
  holder: Session,
  at: Place,
  existing: ReadonlySet<number>,
): Promise<DryStatement> {
  const { session } = run;
  const tables = await userTables(holder);
  await holder.run('begin');
  if (tables.length > 0) {
    await holder.run(`lock table ${tables.join(', ')} in row exclusive mode; savepoint weaker;
      lock table ${tables.join(', ')} in share update exclusive mode`);
  }
  let settled = false;
  const running = runWatched(run, at, at.statement.sql).finally(() => {
    settled = true;
  });
  running.catch(() => undefined);
  const locks: TakenLock[] = [];
  const look = async () => {
    const blocked = await untilBlocked(holder, session.pid, () => settled);
    if (blocked) locks.push(...without(await readLocks(holder, session.pid, existing, { requested: true }), locks));
  };
  try {
    await look();
    if (tables.length > 0) await holder.run('rollback to savepoint weaker');
    await look();
  } finally {
    await holder.run('rollback');
  }
  await running;
  return dryStatement(at.statement, locks, locks.length === 0 ? 'run, but no lock on a table was seen' : undefined);
}

async function userTables(session: Session): Promise<string[]> {
  const { rows } = await session.run(`select format('%I.%I', n.nspname, c.relname) as name from pg_class c
    join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p') and n.nspname <> 'information_schema'
    and n.nspname not like 'pg\\_%' and has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE') order by 1`);
  return rows.map((row) => String(row.name));
}

/** True once process `pid` waits for us; false where it ends first. */
async function untilBlocked(holder: Session, pid: number, isSettled: () => boolean): Promise<boolean> {
  const deadline = performance.now() + waitMs;
  while (!isSettled() && performance.now() < deadline) {
    const { rows } = await holder.run(`select pg_backend_pid() = any(pg_blocking_pids(${pid})) as blocked`);
    if (rows[0]?.blocked === true) return true;
    await sleep(5);
  }
  return false;
}
