import type { Session } from '../db/session.ts';
import type { Statement } from '../sql/parser.ts';

/** A lock on a table, view, sequence or index that was there before the statement. */
export interface TakenLock {
  /** Schema-qualified, quoted. */
  relation: string;
  /** As pg_locks names it, such as `AccessExclusiveLock`. */
  mode: string;
}

export interface DryStatement {
  number: number;
  line: number;
  sql: string;
  /** Locks it took beyond those that earlier statements of its transaction hold already. */
  locks: readonly TakenLock[];
  /** Why it was not run, or why its locks could not be seen. */
  note?: string;
}

/** What a dry run says of a statement. */
export function dryStatement(
  { number, line, sql }: Statement,
  locks: readonly TakenLock[],
  note?: string,
): DryStatement {
  return { number, line, sql, locks, ...(note === undefined ? {} : { note }) };
}

/** Tells the locks of one statement apart from those taken before it in the same transaction. */
export class LockObserver {
  readonly #session: Session;
  readonly #existing: ReadonlySet<number>;
  #held: readonly TakenLock[] = [];

  constructor(session: Session, existing: ReadonlySet<number>) {
    this.#session = session;
    this.#existing = existing;
  }

  /** Locks taken since the last call. */
  async takenSince(): Promise<TakenLock[]> {
    const held = await readLocks(this.#session, this.#session.pid, this.#existing);
    const taken = without(held, this.#held);
    this.#held = held;
    return taken;
  }
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
