import { becomeOnlyRunner, connected } from '../connected.ts';
import { currentPlan } from '../currentPlan.ts';
import { codeOf, messageOf } from '../db/driverErrors.ts';
import { Session, sessionSql } from '../db/session.ts';
import type { MigrateOptions } from '../options.ts';
import { assertRunnable } from '../plan.ts';
import type { Run } from '../run/run.ts';
import { runStatement, runWatched, StatementFailure, sqlOf } from '../run/statement.ts';
import { inTransaction, resetSession, withTimeouts } from '../run/step.ts';
import { buildHistory, withShadow } from '../shadow.ts';
import { mayCommitByItself, outsideTransactionOnly } from '../sql/classify.ts';
import type { PreparedFile } from '../sql/fileProblems.ts';
import type { Statement } from '../sql/parser.ts';
import { type DryStatement, dryStatement, existingRelations, LockObserver } from './observe.ts';
import { observeOutside } from './outsideTransaction.ts';

export interface DryRunOptions extends MigrateOptions {
  /**
   * A throwaway, never migrated database on which the applied and then the pending files are really run. Without it the
   * pending files run on the database itself in one transaction that is rolled back: its locks are real while it lasts.
   */
  shadowUrl?: string;
}

export interface DryRunResult {
  ranOn: 'shadow' | 'database' | 'nothing';
  files: readonly { tag: string; transaction: boolean; statements: readonly DryStatement[] }[];
}

/** Tries the pending files. Throws what `migrate` would throw where one of them fails. */
export async function dryRun(options: DryRunOptions): Promise<DryRunResult> {
  return await connected(options, async (run) => {
    const { plan, files } = await currentPlan(run, options);
    assertRunnable(plan.problems);
    if (files.length === 0) return { ranOn: 'nothing', files: [] };
    const { shadowUrl: url } = options;
    const isApplied = new Set(plan.applied.map(({ tag, when }) => `${when} ${tag}`));
    const tried =
      url === undefined
        ? await tryInPlace(run, files)
        : await withShadow({ ...options, url }, run, async (shadow) => {
            await buildHistory(
              shadow,
              run.folder.migrations.filter(({ tag, when }) => isApplied.has(`${when} ${tag}`)),
            );
            return await tryOnShadow(shadow, files);
          });
    const dry = files.map(({ migration: { tag }, whole }, index) => ({
      ...{ tag, transaction: whole, statements: tried[index] ?? [] },
    }));
    return { ranOn: url === undefined ? 'database' : 'shadow', files: dry };
  });
}

/** Runs the files on the database itself, all in one transaction that is rolled back. */
async function tryInPlace(run: Run, files: readonly PreparedFile[]): Promise<DryStatement[][]> {
  const { session, settings } = run;
  await becomeOnlyRunner(run);
  const observer = new LockObserver(session, await existingRelations(session));
  let skipped: string | undefined;
  const tryOne = async (file: PreparedFile, statement: Statement): Promise<DryStatement> => {
    const refused = outsideTransactionOnly(statement.node);
    if (refused) {
      skipped ??= refused;
      const note = `not run: ${refused} cannot run in a transaction; give a shadow database`;
      return dryStatement(statement, [], note);
    }
    await session.run('savepoint dry_run');
    try {
      await runWatched(run, { file, statement }, sqlOf(settings, statement));
    } catch (error) {
      // What commits by itself cannot be tried here, nor what builds on statements that were not run.
      const cause = error instanceof StatementFailure ? error.cause : error;
      const commits = codeOf(cause) === '2D000';
      if (session.closed || (!commits && skipped === undefined)) throw error;
      await session.run('rollback to savepoint dry_run');
      const note = commits ? messageOf(cause) : `${messageOf(cause)}; ${skipped} before it was not run either`;
      return dryStatement(statement, [], `not run: ${note}`);
    }
    return dryStatement(statement, await observer.takenSince());
  };
  await session.run('begin');
  try {
    const all: DryStatement[][] = [];
    for (const file of files) {
      await resetSession(run);
      const dry: DryStatement[] = [];
      for (const { statements } of file.steps)
        for (const statement of statements) dry.push(await tryOne(file, statement));
      all.push(dry);
    }
    return all;
  } finally {
    if (!session.closed) await session.run('rollback');
  }
}

/** Applies the files and commits each, as `migrate` would. */
async function tryOnShadow(run: Run, files: readonly PreparedFile[]): Promise<DryStatement[][]> {
  const { session, settings, server } = run;
  const { session: holder } = await Session.open(settings, `${settings.applicationName} (dry run)`);
  const inOne = async (file: PreparedFile, statements: readonly Statement[]): Promise<DryStatement[]> => {
    const observer = new LockObserver(session, await existingRelations(session));
    const dry: DryStatement[] = [];
    const work = async () => {
      for (const statement of statements) {
        await runWatched(run, { file, statement }, sqlOf(settings, statement));
        dry.push(dryStatement(statement, await observer.takenSince()));
      }
    };
    await inTransaction(run, file, { work });
    return dry;
  };
  /** In a transaction of its own; what commits by itself, or refuses one for this object, is run without. */
  const alone = async (file: PreparedFile, statement: Statement): Promise<DryStatement[]> => {
    if (!mayCommitByItself(statement)) return await inOne(file, [statement]);
    try {
      return await inOne(file, [statement]);
    } catch (error) {
      const code = codeOf(error instanceof StatementFailure ? error.cause : error);
      if (code !== '2D000' && code !== '25001') throw error;
    }
    await runStatement(run, { file, statement });
    return [dryStatement(statement, [], 'run, but it refuses a transaction, so that its locks cannot be read')];
  };
  const timeouts = { lockMs: 60_000, statementMs: settings.concurrentStatementTimeoutMs };
  /** The statement is to wait for `holder` until its locks were read, however slow the machine. */
  const outside = async (file: PreparedFile, statement: Statement): Promise<DryStatement> => {
    const existing = await existingRelations(session);
    return await withTimeouts(run, timeouts, () => observeOutside(run, holder, { file, statement }, existing));
  };
  try {
    await holder.run(sessionSql(settings, server));
    const all: DryStatement[][] = [];
    for (const file of files) {
      await resetSession(run);
      const dry: DryStatement[] = [];
      for (const { statements, inTransaction: together } of file.steps) {
        const [first] = statements;
        if (together || !first) dry.push(...(await inOne(file, statements)));
        else if (outsideTransactionOnly(first.node)) dry.push(await outside(file, first));
        else dry.push(...(await alone(file, first)));
      }
      all.push(dry);
    }
    return all;
  } finally {
    await holder.close();
  }
}
