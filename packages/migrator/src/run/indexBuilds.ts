import { findIndex, type IndexState } from '../db/indexes.ts';
import { MigratorError } from '../errors.ts';
import { type IndexBuild, indexBuild } from '../sql/classify.ts';
import type { Statement } from '../sql/parser.ts';
import type { PreparedFile, Run } from './context.ts';
import { StatementFailure } from './statement.ts';

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
  try {
    await clearWay(run, file, build);
  } catch (error) {
    throw new StatementFailure(error, { file, statement });
  }
  await work();
  assertMeant(await findIndex(run.session, build), build, file, statement);
}

async function clearWay({ session, settings }: Run, file: PreparedFile, build: IndexBuild): Promise<void> {
  const index = await findIndex(session, build);
  if (!index || index.usable || !index.onTable) return;
  // Where somebody is building it at this moment, the drop waits for them: look again, for it may have become usable.
  if (index.builder !== null) throw new IndexBeingBuilt(index.name, index.builder);
  await session.run(`drop index ${build.concurrent ? 'concurrently ' : ''}if exists ${index.name}`, settings.signal);
  settings.emit({ type: 'invalid-index-dropped', file: file.file.tag, index: index.name });
}

/** Bears the SQLSTATE of a lock not had, since that is what it is: the build is tried again later. */
class IndexBeingBuilt extends Error {
  readonly code = '55P03';
  constructor(index: string, pid: number) {
    super(`the index ${index} is being built by process ${pid}`);
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
