import { type Connected, connected } from '../connected.ts';
import { createLedger } from '../db/ledger.ts';
import { Session } from '../db/session.ts';
import { MigratorError } from '../errors.ts';
import type { MigratorOptions } from '../options.ts';
import type { PreparedFile, Run } from '../run/context.ts';
import { applyFile } from '../run/file.ts';
import { isolate } from '../run/isolate.ts';
import { type Place, runWatched } from '../run/statement.ts';
import { withTimeouts } from '../run/timeouts.ts';
import { commit } from '../run/transactional.ts';
import { outsideTransactionOnly, runsBare } from '../sql/classify.ts';
import type { Statement } from '../sql/parser.ts';
import { underLock } from '../underLock.ts';
import { type DryStatement, facts, type Observed, observe } from './inTransaction.ts';
import { existingRelations } from './locks.ts';
import { observeOutside } from './outsideTransaction.ts';

/** Brings the shadow database to where the real one is, then runs the pending files there for good. Throws SHADOW_NOT_EMPTY. */
export async function dryRunOnShadow(
  options: MigratorOptions,
  real: Connected,
  applied: readonly PreparedFile[],
  pending: readonly PreparedFile[],
): Promise<DryStatement[][]> {
  return await connected(options, async (shadow) => {
    await assertThrowaway(shadow, real);
    return await underLock(shadow, async (run) => {
      await createLedger(run.session, run.settings);
      for (const [index, file] of applied.entries())
        await applyFile(run, file, { number: index + 1, pending: applied.length });
      const { session: holder } = await Session.open(run.settings, `${run.settings.applicationName} (dry run)`);
      try {
        const all: DryStatement[][] = [];
        for (const file of pending) all.push(await runFile(run, holder, file));
        return all;
      } finally {
        await holder.close();
      }
    });
  });
}

async function runFile(run: Run, holder: Session, file: PreparedFile): Promise<DryStatement[]> {
  await isolate(run);
  if (!file.file.noTransaction) return await runInTransaction(run, file.statements);
  const dry: DryStatement[] = [];
  for (const statement of file.statements) {
    if (outsideTransactionOnly(statement.node)) dry.push(await runOutside(run, holder, statement));
    else dry.push(...(await runAlone(run, { file, statement })));
  }
  return dry;
}

async function runInTransaction({ session }: Run, statements: readonly Statement[]): Promise<DryStatement[]> {
  const dry: DryStatement[] = [];
  let seen: Observed = { existing: await existingRelations(session), held: [] };
  await session.run('begin');
  for (const statement of statements) {
    const { held, ...observed } = await observe(session, statement, seen);
    seen = { ...seen, held };
    dry.push(observed);
  }
  await commit(session);
  return dry;
}

/** In a transaction of its own; a DO or CALL that commits by itself refuses one, and is run without. */
async function runAlone(run: Run, at: Place): Promise<DryStatement[]> {
  const dry = await runInTransaction(run, [at.statement]);
  if (!runsBare(at.statement) || dry.every((it) => it.note === undefined)) return dry;
  await runWatched(run, at, at.statement.sql);
  const note = 'run, but it commits by itself, so that its locks cannot be read';
  return [{ ...facts(at.statement), locks: [], note }];
}

/** The statement is to wait for `holder` until its locks were read, however slow the machine. */
async function runOutside(run: Run, holder: Session, statement: Statement): Promise<DryStatement> {
  const statementMs = run.settings.concurrentStatementTimeoutMs;
  const existing = await existingRelations(run.session);
  return await withTimeouts(run, { lockMs: 60_000, statementMs }, () =>
    observeOutside(run.session, holder, statement, existing),
  );
}

async function assertThrowaway(shadow: Connected, real: Connected): Promise<void> {
  const identity = async ({ session }: Connected) =>
    JSON.stringify(
      (await session.run('select pg_postmaster_start_time()::text, current_database(), inet_server_port()')).rows,
    );
  if (!shadow.server.hasLedger && (await identity(shadow)) !== (await identity(real))) return;
  throw new MigratorError(
    'SHADOW_NOT_EMPTY',
    'The shadow database has been migrated before, or is the database itself. Give an empty one that may be thrown away.',
  );
}
