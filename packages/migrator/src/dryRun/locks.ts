import type { Session } from '../db/session.ts';

/** A lock on a table, view, sequence or index that was there before the statement. */
export interface TakenLock {
  /** Schema-qualified, quoted. */
  relation: string;
  /** As pg_locks names it, such as `AccessExclusiveLock`. */
  mode: string;
}

/** Ids of all relations: what a statement itself creates is nobody else's to wait for. */
export async function existingRelations(session: Session): Promise<ReadonlySet<number>> {
  const { rows } = await session.run('select oid::int8::text as oid from pg_class');
  return new Set(rows.map((row) => Number(row.oid)));
}

/**
 * Locks on relations that process `pid` holds or, with `requested`, waits for. Those of the system catalogs and the
 * passing reads of indexes are left out: no application waits for them.
 */
export async function readLocks(
  session: Session,
  pid: number,
  existing: ReadonlySet<number>,
  { requested = false }: { requested?: boolean } = {},
): Promise<TakenLock[]> {
  const { rows } = await session.run(`
    select c.oid::int8::text as oid, format('%I.%I', n.nspname, c.relname) as relation, l.mode
    from pg_locks l join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
    where l.pid = ${pid} and l.locktype = 'relation' and (l.granted or ${requested})
      and l.database = (select oid from pg_database where datname = current_database())
      and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
      and not (c.relkind in ('i', 'I') and l.mode = 'AccessShareLock')
    order by 2, 3`);
  return rows
    .filter((row) => existing.has(Number(row.oid)))
    .map((row) => ({ relation: String(row.relation), mode: String(row.mode) }));
}

export function without(locks: readonly TakenLock[], known: readonly TakenLock[]): TakenLock[] {
  return locks.filter((lock) => !known.some((it) => it.relation === lock.relation && it.mode === lock.mode));
}
