import { findIndex, type IndexState } from '../db/indexes.ts';
import { MigratorError } from '../errors.ts';
import { type IndexBuild, indexBuild } from '../sql/classify.ts';
import type { Statement } from '../sql/parser.ts';
import type { PreparedFile, Run } from './context.ts';
import { runWatched, StatementFailure } from './statement.ts';

/**
 * Runs a statement; where it is CREATE INDEX IF NOT EXISTS, first drops the INVALID index that an interrupted build left
 * under the name, which PostgreSQL would take for the index itself, and afterwards proves that the index is the one meant.
 */
export async function guardIndex(
  run: Run,
  file: PreparedFile,
  statement: Statement,
  work: () => Promise<void>,
): Promise<void> {
  const build = indexBuild(statement.node);
  if (!build?.ifNotExists) return await work();
  await clearWay(run, file, statement, build);
  await work();
  assertMeant(await findIndex(run.session, build), build, file, statement);
}

async function clearWay(run: Run, file: PreparedFile, statement: Statement, build: IndexBuild): Promise<void> {
  const index = await findIndex(run.session, build);
  if (!index || index.usable || !index.onTable) return;
  // Whoever is building it at this moment may yet succeed: look again later.
  if (index.builder !== null) throw new StatementFailure(new IndexBeingBuilt(index), { file, statement });
  await runWatched(
    run,
    { file, statement },
    `drop index ${build.concurrent ? 'concurrently ' : ''}if exists ${index.name}`,
  );
  run.settings.emit({ type: 'invalid-index-dropped', file: file.file.tag, index: index.name });
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
  file: PreparedFile,
  statement: Statement,
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
