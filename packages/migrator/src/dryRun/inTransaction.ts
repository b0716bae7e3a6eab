import { messageOf } from '../db/driverErrors.ts';
import type { Session } from '../db/session.ts';
import type { Statement } from '../sql/parser.ts';
import { readLocks, type TakenLock, without } from './locks.ts';

export interface DryStatement {
  number: number;
  line: number;
  sql: string;
  /** Locks it took beyond those that earlier statements of its transaction hold already. */
  locks: readonly TakenLock[];
  /** Why it was not run, or why its locks could not be seen. */
  note?: string;
}

/** Where a statement's locks are told apart from those taken before it in the same transaction. */
export interface Observed {
  existing: ReadonlySet<number>;
  held: readonly TakenLock[];
}

/** Runs a statement inside the open transaction, behind a savepoint, and reads what it locked. A failure is noted, not thrown. */
export async function observe(
  session: Session,
  statement: Statement,
  seen: Observed,
): Promise<DryStatement & { held: readonly TakenLock[] }> {
  await session.run('savepoint dry_run');
  try {
    await session.run(statement.sql);
    const held = await readLocks(session, session.pid, seen.existing);
    return { ...facts(statement), locks: without(held, seen.held), held };
  } catch (error) {
    if (session.closed) throw error;
    await session.run('rollback to savepoint dry_run');
    return { ...facts(statement), locks: [], note: `not run: ${messageOf(error)}`, held: seen.held };
  }
}

export function facts({ number, line, sql }: Statement): Pick<DryStatement, 'number' | 'line' | 'sql'> {
  return { number, line, sql };
}
