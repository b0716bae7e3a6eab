import { findIndex } from '../db/indexes.ts';
import { MigratorError } from '../errors.ts';
import { indexBuild } from '../sql/classify.ts';
import type { Statement } from '../sql/parser.ts';
import type { PreparedFile, Run } from './context.ts';
import { StatementFailure } from './statement.ts';

/**
 * Drops the INVALID index an interrupted build left under the name that `statement` is about to build: IF NOT EXISTS
 * would take it for the index itself.
 */
export async function clearWayForIndex(run: Run, file: PreparedFile, statement: Statement): Promise<void> {
  const build = indexBuild(statement.node);
  if (!build) return;
  const index = await findIndex(run.session, build);
  if (!index || index.usable) return;
  try {
    await run.session.run(
      `drop index ${build.concurrent ? 'concurrently ' : ''}if exists ${index.name}`,
      run.settings.signal,
    );
  } catch (error) {
    throw new StatementFailure(error, { file, statement });
  }
  run.settings.emit({ type: 'invalid-index-dropped', file: file.file.tag, index: index.name });
}

/** Throws INDEX_INVALID unless the index that `statement` built is there, on its table, unique where it says so, and usable. */
export async function assertIndexUsable(run: Run, file: PreparedFile, statement: Statement): Promise<void> {
  const build = indexBuild(statement.node);
  if (!build || build.name === null) return;
  const index = await findIndex(run.session, build);
  const fault = !index
    ? 'is not there'
    : !index.usable
      ? 'is INVALID'
      : index.unique !== build.unique
        ? `is ${build.unique ? 'not ' : ''}unique`
        : null;
  if (fault === null) return;
  throw new MigratorError(
    'INDEX_INVALID',
    `${file.file.tag}, statement ${statement.number}: the index ${build.name} ${fault} after it was built.`,
    {
      file: file.file.tag,
      statement: statement.number,
      line: statement.line,
      sql: statement.sql,
      hint: 'Another index may have taken the name: rename or drop it, then run again.',
    },
  );
}
