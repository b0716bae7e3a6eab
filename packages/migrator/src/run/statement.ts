import type { Blocker } from '../errors.ts';
import type { Statement } from '../sql/parser.ts';
import type { PreparedFile, Run } from './context.ts';

/** A statement in its file. */
export interface Place {
  file: PreparedFile;
  statement: Statement;
}

/** Carries a driver's error out of a file with where it happened and who stood in the way; `toMigratorError` words it. */
export class StatementFailure extends Error {
  override readonly name = 'StatementFailure';
  /** Without a statement: at the file's ledger row or its COMMIT. */
  readonly at: Pick<Place, 'file'> & Partial<Place>;
  readonly blockers: readonly Blocker[];
  /** How often it was tried. */
  readonly attempts: number;
  constructor(cause: unknown, at: StatementFailure['at'], blockers: readonly Blocker[] = [], attempts = 1) {
    super('a statement failed', { cause });
    this.at = at;
    this.blockers = blockers;
    this.attempts = attempts;
  }
}

/** How events name a place. */
export function inEvent({ file, statement }: StatementFailure['at']): { file: string; statement: number; of: number } {
  const of = file.statements.length;
  return { file: file.file.tag, statement: statement?.number ?? of, of };
}

/** Runs one statement of a file and tells of it. Throws StatementFailure. */
export async function runStatement(run: Run, at: Place): Promise<void> {
  const { settings } = run;
  const { line, sql } = at.statement;
  const started = performance.now();
  settings.signal?.throwIfAborted();
  settings.emit({ type: 'statement-started', ...inEvent(at), line, sql });
  await runWatched(run, at, sql);
  settings.emit({ type: 'statement-done', ...inEvent(at), elapsedMs: performance.now() - started });
}

/** Runs SQL on behalf of a statement, and tells from the monitor how it goes. Throws StatementFailure. */
export async function runWatched({ session, monitor, settings }: Run, at: Place, sql: string): Promise<void> {
  const started = performance.now();
  const stop = monitor.watch(session.pid, ({ blockers, index }) => {
    const elapsedMs = performance.now() - started;
    settings.emit({ type: 'statement-progress', ...inEvent(at), elapsedMs, blockers, ...(index ? { index } : {}) });
  });
  try {
    await session.run(sql, settings.signal);
  } catch (error) {
    throw new StatementFailure(error, at, await stop());
  }
  await stop();
}
