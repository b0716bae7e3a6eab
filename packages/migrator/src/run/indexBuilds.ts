import { findIndex, findReindexLeftovers, type IndexState } from '../db/indexes.ts';
import { MigratorError } from '../errors.ts';
import { type IndexBuild, indexBuild, reindexedConcurrently } from '../sql/classify.ts';
import type { Run } from './context.ts';
import { type Place, runWatched, StatementFailure } from './statement.ts';

/**
 * Runs a statement that may build an index. Before CREATE INDEX IF NOT EXISTS it drops the INVALID index that an
 * interrupted build left under the name, which PostgreSQL would take for the index itself, and afterwards proves that the
 * index is the one meant. Before REINDEX CONCURRENTLY it drops the doubles that an interrupted one left.
 */
export async function guardIndex(run: Run, at: Place, work: () => Promise<void>): Promise<void> {
  const reindexed = reindexedConcurrently(at.statement.node);
  if (reindexed)
    for (const double of await findReindexLeftovers(run.session, reindexed)) await drop(run, at, double, true);
  const build = indexBuild(at.statement.node);
  if (!build?.ifNotExists) return await work();
  const index = await findIndex(run.session, build);
  if (index?.onTable && !index.usable) await drop(run, at, index, build.concurrent);
  await work();
  assertMeant(await findIndex(run.session, build), build, at);
}

async function drop(run: Run, at: Place, index: IndexState, concurrently: boolean): Promise<void> {
  // Whoever is building it at this moment may yet succeed: look again later.
  if (index.builder !== null) throw new StatementFailure(new IndexBeingBuilt(index), at);
  await runWatched(run, at, `drop index ${concurrently ? 'concurrently ' : ''}if exists ${index.name}`);
  run.settings.emit({ type: 'invalid-index-dropped', file: at.file.file.tag, index: index.name });
}

/** Bears the SQLSTATE of a lock not had, since that is what it is: the build is tried again later. */
class IndexBeingBuilt extends Error {
  readonly code = '55P03';
  constructor({ name, builder }: IndexState) {
    super(`the index ${name} is being built by process ${builder}`);
  }
}

function assertMeant(
  index: (IndexState & { onTable: boolean }) | null,
  build: IndexBuild,
  { file, statement }: Place,
): void {
  const fault = findFault(index, build);
  if (fault === null) return;
  const { tag } = file.file;
  throw new MigratorError('INDEX_INVALID', `${tag}, statement ${statement.number}: the index ${build.name} ${fault}.`, {
    file: tag,
    statement: statement.number,
    line: statement.line,
    sql: statement.sql,
    hint: 'If another object took the name, rename or drop it; then run again.',
  });
}

function findFault(index: (IndexState & { onTable: boolean }) | null, build: IndexBuild): string | null {
  if (build.name === null) return null;
  if (!index) return 'is not there after it was built';
  if (!index.onTable) return `exists already, on another table (${index.table})`;
  if (!index.usable) return 'is INVALID after it was built';
  if (build.unique && !index.unique) return 'exists already and is not unique';
  return null;
}
