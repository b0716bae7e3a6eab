import { findIndex, findReindexLeftovers, type IndexState } from '../db/indexes.ts';
import { type Blocker, MigratorError } from '../errors.ts';
import type { Settings } from '../options.ts';
import { indexBuild, reindexedConcurrently } from '../sql/classify.ts';
import { disabledTimeout, type ParsedFile } from '../sql/fileProblems.ts';
import type { Statement } from '../sql/parser.ts';
import type { Run } from './run.ts';

/** A statement in its file. */
export interface Place {
  file: ParsedFile;
  statement: Statement;
}

/** A driver's error with the place in the file and the blockers. `toMigratorError` turns it into a MigratorError. */
export class StatementFailure extends Error {
  override readonly name = 'StatementFailure';
  /** Has no statement where the ledger row or the COMMIT failed. */
  readonly at: Pick<Place, 'file'> & Partial<Place>;
  readonly blockers: readonly Blocker[];
  readonly attempts: number;
  constructor(cause: unknown, at: StatementFailure['at'], blockers: readonly Blocker[] = [], attempts = 1) {
    super('a statement failed', { cause });
    this.at = at;
    this.blockers = blockers;
    this.attempts = attempts;
  }
}

/** The place as events give it. */
export function eventPlace({ file, statement }: StatementFailure['at']) {
  const of = file.statements.length;
  return { file: file.migration.tag, statement: statement?.number ?? of, of };
}

/**
 * Runs one statement of a file. CREATE INDEX IF NOT EXISTS would skip an INVALID index of an interrupted build: the runner
 * drops that index before, and checks afterwards that the named index is the wanted one. Before REINDEX CONCURRENTLY it
 * drops the copies that an interrupted one left. Throws StatementFailure or INDEX_INVALID.
 */
export async function runStatement(run: Run, at: Place): Promise<void> {
  const { session } = run;
  const { node } = at.statement;
  const reindexed = reindexedConcurrently(node);
  const build = indexBuild(node);
  if (reindexed)
    for (const copy of await findReindexLeftovers(session, reindexed)) await dropIndex(run, at, copy, true);
  if (!build?.ifNotExists) return await runAsWritten(run, at);
  const index = await findIndex(session, build);
  if (index?.onTable && !index.valid) await dropIndex(run, at, index, build.concurrent);
  await runAsWritten(run, at);
  const fault = indexFault(await findIndex(session, build), build);
  if (fault === null) return;
  const { tag } = at.file.migration;
  const { number, line, sql } = at.statement;
  const hint = 'If another object took the name, rename or drop it; then run again.';
  const details = { file: tag, statement: number, line, sql, hint };
  throw new MigratorError('INDEX_INVALID', `${tag}, statement ${number}: the index ${build.name} ${fault}.`, details);
}

async function runAsWritten(run: Run, at: Place): Promise<void> {
  const { settings } = run;
  const { line, sql } = at.statement;
  const started = performance.now();
  settings.signal?.throwIfAborted();
  settings.emit({ type: 'statement-started', ...eventPlace(at), line, sql });
  await runWatched(run, at, sqlOf(settings, at.statement));
  settings.emit({ type: 'statement-done', ...eventPlace(at), elapsedMs: performance.now() - started });
}

/** A statement's SQL. One that switches a timeout off sets the runner's own instead. */
function sqlOf({ lockTimeoutMs, statementTimeoutMs }: Settings, { node, sql }: Statement): string {
  const timeout = disabledTimeout(node);
  const own = { lock_timeout: lockTimeoutMs, statement_timeout: statementTimeoutMs };
  return timeout === null ? sql : `set ${timeout} = ${own[timeout]}`;
}

/** Runs SQL for a statement, and emits the monitor's samples. Throws StatementFailure. */
async function runWatched({ session, monitor, settings }: Run, at: Place, sql: string): Promise<void> {
  const started = performance.now();
  const stop = monitor.watch(session.pid, ({ blockers, index }) => {
    const elapsedMs = performance.now() - started;
    settings.emit({ type: 'statement-progress', ...eventPlace(at), elapsedMs, blockers, ...(index ? { index } : {}) });
  });
  try {
    await session.run(sql, settings.signal);
  } catch (error) {
    throw new StatementFailure(error, at, await stop());
  }
  void stop();
}

async function dropIndex(run: Run, at: Place, index: IndexState, concurrently: boolean): Promise<void> {
  if (index.builder !== null) {
    // The build may yet succeed. The SQLSTATE of a lock timeout makes the runner retry.
    const error = new Error(`the index ${index.name} is being built by process ${index.builder}`);
    throw new StatementFailure(Object.assign(error, { code: '55P03' }), at);
  }
  await runWatched(run, at, `drop index ${concurrently ? 'concurrently ' : ''}if exists ${index.name}`);
  run.settings.emit({ type: 'invalid-index-dropped', file: at.file.migration.tag, index: index.name });
}

function indexFault(
  index: Awaited<ReturnType<typeof findIndex>>,
  build: NonNullable<ReturnType<typeof indexBuild>>,
): string | null {
  if (build.name === null) return null;
  if (!index) return 'is missing after it was built';
  if (!index.onTable) return `exists already, on another table (${index.table})`;
  if (!index.valid) return 'is INVALID after it was built';
  if (build.unique && !index.unique) return 'exists already and is not unique';
  return null;
}
