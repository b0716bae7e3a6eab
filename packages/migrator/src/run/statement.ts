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

/** Runs one statement of a file and tells of it. Throws StatementFailure. */
export async function runStatement(run: Run, file: PreparedFile, statement: Statement): Promise<void> {
  const { settings } = run;
  const at = { file: file.file.tag, statement: statement.number, of: file.statements.length };
  const started = performance.now();
  settings.signal?.throwIfAborted();
  settings.emit({ type: 'statement-started', ...at, line: statement.line, sql: statement.sql });
  await runWatched(run, { file, statement }, statement.sql);
  settings.emit({ type: 'statement-done', ...at, elapsedMs: performance.now() - started });
}

/** Runs SQL on behalf of a statement, and tells from the monitor how it goes. Throws StatementFailure. */
export async function runWatched(
  { session, monitor, settings }: Run,
  { file, statement }: Required<Place>,
  sql: string,
): Promise<void> {
  const at = { file: file.file.tag, statement: statement.number, of: file.statements.length };
  const started = performance.now();
  const stop = monitor.watch(session.pid, ({ blockers, index }) => {
    const elapsedMs = performance.now() - started;
    settings.emit({ type: 'statement-progress', ...at, elapsedMs, blockers, ...(index ? { index } : {}) });
  });
  try {
    await session.run(sql, settings.signal);
  } catch (error) {
    throw new StatementFailure(error, { file, statement }, await stop());
  }
  await stop();
}
