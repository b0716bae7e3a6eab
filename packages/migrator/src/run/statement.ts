import type { Blocker } from '../errors.ts';
import type { Statement } from '../sql/parser.ts';
import type { PreparedFile, Run } from './context.ts';

/** Where a run was when something failed; no statement means the file's COMMIT or its ledger row. */
export interface Place {
  file: PreparedFile;
  statement?: Statement;
}

/** Carries a driver's error out of a file with where it happened and who stood in the way; `toMigratorError` words it. */
export class StatementFailure extends Error {
  override readonly name = 'StatementFailure';
  readonly at: Place;
  readonly blockers: readonly Blocker[];
  /** How often it was tried. */
  readonly attempts: number;
  constructor(cause: unknown, at: Place, blockers: readonly Blocker[] = [], attempts = 1) {
    super('a statement failed', { cause });
    this.at = at;
    this.blockers = blockers;
    this.attempts = attempts;
  }
}

/** Runs one statement of a file, watched from the monitor. Throws StatementFailure. */
export async function runStatement(
  { session, monitor, settings }: Run,
  file: PreparedFile,
  statement: Statement,
): Promise<void> {
  const at = { file: file.file.tag, statement: statement.number, of: file.statements.length };
  const started = performance.now();
  settings.signal?.throwIfAborted();
  settings.emit({ type: 'statement-started', ...at, line: statement.line, sql: statement.sql });
  const stop = monitor.watch(session.pid, ({ blockers, index }) => {
    const elapsedMs = performance.now() - started;
    settings.emit({ type: 'statement-progress', ...at, elapsedMs, blockers, ...(index ? { index } : {}) });
  });
  try {
    await session.run(statement.sql, settings.signal);
  } catch (error) {
    throw new StatementFailure(error, { file, statement }, await stop());
  }
  await stop();
  settings.emit({ type: 'statement-done', ...at, elapsedMs: performance.now() - started });
}
