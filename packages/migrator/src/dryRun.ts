import { currentPlan } from './currentPlan.ts';
import { codeOf } from './db/driverErrors.ts';
import type { Session } from './db/session.ts';
import type { MigrateOptions } from './options.ts';
import { assertRunnable } from './plan.ts';
import type { Run } from './run/run.ts';
import { runStatement, StatementFailure } from './run/statement.ts';
import { inTransaction, resetSession } from './run/step.ts';
import { buildHistory, withShadow } from './shadow.ts';
import { mayCommitByItself, outsideTransactionOnly } from './sql/classify.ts';
import type { ParsedFile } from './sql/fileProblems.ts';
import type { Statement } from './sql/parser.ts';
import { withConnection } from './withConnection.ts';

export interface DryRunOptions extends MigrateOptions {
  /** An empty throwaway database, on which first the applied and then the pending migrations are really run. */
  shadowUrl: string;
}

export interface DryRunResult {
  /** The pending files; none where nothing is pending. */
  files: readonly { tag: string; transaction: boolean; statements: readonly DryStatement[] }[];
}

export interface DryStatement {
  number: number;
  line: number;
  sql: string;
  /** Locks beyond those that earlier statements of its transaction hold already. */
  locks: readonly TakenLock[];
  /** Why its locks could not be read. */
  note?: string;
}

/** A lock on a table, view, sequence or index that existed before the statement. */
export interface TakenLock {
  /** Schema-qualified, quoted. */
  relation: string;
  /** As pg_locks names it, such as `AccessExclusiveLock`. */
  mode: string;
}

export async function dryRun(options: DryRunOptions): Promise<DryRunResult> {
  return await withConnection(options, async (run) => {
    const { plan, files } = await currentPlan(run, options);
    assertRunnable(plan.problems);
    if (files.length === 0) return { files: [] };
    const applied = new Set(plan.applied.map(({ tag }) => tag));
    return await withShadow({ ...options, url: options.shadowUrl }, run, async (shadow) => {
      const history = run.folder.migrations.filter(({ tag }) => applied.has(tag));
      await buildHistory(shadow, history);
      const tried: DryRunResult['files'][number][] = [];
      for (const file of files) {
        const { migration, transactional: transaction } = file;
        tried.push({ tag: migration.tag, transaction, statements: await tryFile(shadow, file) });
      }
      return { files: tried };
    });
  });
}

/** Runs a file and commits it, as `migrate` would. */
async function tryFile(run: Run, file: ParsedFile): Promise<DryStatement[]> {
  await resetSession(run);
  const tried: DryStatement[] = [];
  for (const { statements, inTransaction: together } of file.steps)
    tried.push(...(await (together ? tryTogether(run, file, statements) : tryAlone(run, file, statements))));
  return tried;
}

async function tryTogether(run: Run, file: ParsedFile, statements: readonly Statement[]): Promise<DryStatement[]> {
  const newLocks = await lockReader(run.session);
  const tried: DryStatement[] = [];
  const work = async () => {
    for (const statement of statements) {
      await runStatement(run, { file, statement });
      tried.push({ ...placeOf(statement), locks: await newLocks() });
    }
  };
  await inTransaction(run, file, { work });
  return tried;
}

/** Runs a statement in a transaction of its own; one that refuses a transaction is run without, and its locks are not read. */
async function tryAlone(run: Run, file: ParsedFile, statements: readonly Statement[]): Promise<DryStatement[]> {
  const [statement] = statements;
  if (!statement) return [];
  const refused = outsideTransactionOnly(statement.node);
  try {
    if (!refused) return await tryTogether(run, file, statements);
  } catch (error) {
    const code = codeOf(error instanceof StatementFailure ? error.cause : error);
    const isRefusal = code === '2D000' || code === '25001';
    if (!isRefusal || !mayCommitByItself(statement)) throw error;
  }
  await runStatement(run, { file, statement });
  const documented = refused?.endsWith('CONCURRENTLY') ? '; documented: SHARE UPDATE EXCLUSIVE on its table' : '';
  const note = `locks not read, since it refuses a transaction${documented}`;
  return [{ ...placeOf(statement), locks: [], note }];
}

const placeOf = ({ number, line, sql }: Statement) => ({ number, line, sql });

/** Returns a function that reads the locks taken since its last call. Relations that the transaction creates are left out: nobody else waits for them. */
async function lockReader(session: Session): Promise<() => Promise<TakenLock[]>> {
  const { rows } = await session.run('select oid::int8::text as oid from pg_class');
  const existing = new Set(rows.map(({ oid }) => oid));
  const known = new Set<string>();
  return async () => {
    // No application waits for the system catalogs, nor for an index that is read.
    const held = await session.run(`
      select c.oid::int8::text as oid, format('%I.%I', n.nspname, c.relname) as relation, l.mode
      from pg_locks l join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
      where l.pid = ${session.pid} and l.locktype = 'relation' and l.granted
        and l.database = (select oid from pg_database where datname = current_database())
        and n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'
        and not (c.relkind in ('i', 'I') and l.mode = 'AccessShareLock')
      order by 2, 3`);
    const taken = held.rows.filter(({ oid, mode }) => existing.has(oid) && !known.has(`${oid} ${mode}`));
    for (const { oid, mode } of taken) known.add(`${oid} ${mode}`);
    return taken.map(({ relation, mode }) => ({ relation: String(relation), mode: String(mode) }));
  };
}
