import { setTimeout as sleep } from 'node:timers/promises';
import { asLockLost } from '../db/advisoryLock.ts';
import { codeOf, isTransient } from '../db/driverErrors.ts';
import { type Session, sessionSql } from '../db/session.ts';
import { type Blocker, MigratorError } from '../errors.ts';
import { mayCommitByItself, takesLong, waitsWithoutBlocking } from '../sql/classify.ts';
import type { ParsedFile } from '../sql/fileProblems.ts';
import type { Step } from '../sql/steps.ts';
import type { Run } from './run.ts';
import { eventPlace, runStatement, StatementFailure } from './statement.ts';

/**
 * Runs the statements of one step and then the SQL `record`, in one transaction where they allow it, and retries after lock
 * timeouts. Throws StatementFailure.
 */
export async function runStep(run: Run, file: ParsedFile, step: Step, record: string): Promise<void> {
  const { settings } = run;
  const { statements } = step;
  const work = async () => {
    for (const statement of statements) await runStatement(run, { file, statement });
  };
  const withoutTransaction = async () => {
    await work();
    await inTransaction(run, file, { record });
  };
  const withTransaction = () =>
    inTransaction(run, file, {
      work: () => withTimeoutOnShards(run, timeouts.lockMs, work),
      record,
      reset: file.transactional,
    });
  const isOutside = !step.inTransaction && statements.some(mayCommitByItself);
  const mayWait = !step.inTransaction && statements.some(waitsWithoutBlocking);
  const isLong = !file.transactional && statements.some(takesLong);
  const timeouts = {
    lockMs: mayWait ? settings.lockRetryBudgetMs : settings.lockTimeoutMs,
    statementMs: isLong ? settings.concurrentStatementTimeoutMs : settings.statementTimeoutMs,
  };
  await withTimeouts(run, timeouts, () => retryForLocks(run, isOutside ? withoutTransaction : withTransaction));
}

/** A process that hangs between two statements must not keep its locks. */
const idleInTransactionMs = 60_000;

/**
 * Resets the session, so that nothing one file sets reaches the next, and sets the runner's timeouts. DISCARD ALL would
 * release the advisory lock too.
 */
export async function resetSession({ session, server, settings }: Run): Promise<void> {
  await session.run(`set session authorization default; reset role; reset all; close all; unlisten *; discard temp; discard sequences; deallocate all;
      ${sessionSql(settings, server)}; set idle_in_transaction_session_timeout = ${idleInTransactionMs}`);
}

/**
 * On a coordinator of Citus lock_timeout ends at the coordinator, and an ALTER waits on a shard without limit. A SET LOCAL reaches
 * the shards once Citus is told to pass it on, with the whole message: each is one of its own, and the ledger's is not passed on.
 */
async function withTimeoutOnShards({ session, server }: Run, lockMs: number, work: () => Promise<void>): Promise<void> {
  if (!server.hasCitus) return await work();
  await session.run("set local citus.propagate_set_commands to 'local'");
  await session.run(`set local lock_timeout = ${lockMs}`);
  await work();
  await session.run("set local citus.propagate_set_commands to 'none'");
}

/**
 * Runs `work` and then the SQL `record` between BEGIN and COMMIT, and rolls back where one fails. With `reset` the session is
 * reset before, in the round trip of BEGIN. Throws StatementFailure.
 */
export async function inTransaction(
  run: Run,
  file: ParsedFile,
  { work, record, reset = false }: { work?: () => Promise<unknown>; record?: string; reset?: boolean },
): Promise<void> {
  const { session } = run;
  try {
    await Promise.all([reset ? resetSession(run) : undefined, session.run('begin')]);
    await work?.();
    await commit(session, record);
  } catch (error) {
    if (!session.closed) await session.run('rollback').catch(() => undefined);
    const reason = asLockLost(error);
    if (reason instanceof StatementFailure || reason instanceof MigratorError) throw reason;
    throw new StatementFailure(reason, { file });
  }
}

/** COMMIT, with SQL before it in the same round trip. Of a failed transaction only the command tag says that it rolled back. */
export async function commit(session: Session, before?: string): Promise<void> {
  const { command } = await session.run(before === undefined ? 'commit' : `${before}; commit`);
  if (command === 'COMMIT') return;
  const message = `COMMIT was answered with ${command}: the transaction had failed and was rolled back.`;
  throw new MigratorError('COMMIT_ROLLED_BACK', message);
}

const backoffMs = { first: 250, longest: 10_000 };

/**
 * Repeats `attempt` within the retry budget while it fails transiently, with exponential backoff and jitter. Throws the last
 * StatementFailure.
 */
async function retryForLocks({ settings }: Run, attempt: () => Promise<void>): Promise<void> {
  const deadline = performance.now() + settings.lockRetryBudgetMs;
  let blockers: readonly Blocker[] = [];
  for (let number = 1; ; number++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof StatementFailure) || !isTransient(error.cause)) throw error;
      if (error.blockers.length > 0) blockers = error.blockers;
      const delayMs = Math.min(backoffMs.first * 2 ** (number - 1), backoffMs.longest) * (0.5 + Math.random() / 2);
      if (performance.now() + delayMs > deadline) throw new StatementFailure(error.cause, error.at, blockers, number);
      const sqlstate = codeOf(error.cause);
      settings.emit({ type: 'retrying', ...eventPlace(error.at), sqlstate, attempt: number, delayMs, blockers });
      await sleep(delayMs, undefined, settings.signal ? { signal: settings.signal } : {});
    }
  }
}

interface Timeouts {
  lockMs: number;
  statementMs: number;
}

/** Runs `work` with the wanted timeouts, in milliseconds. A timeout that the file itself has SET stays. */
export async function withTimeouts<T>(
  { session, settings }: Run,
  wanted: Timeouts,
  work: () => Promise<T>,
): Promise<T> {
  const usual = { lockMs: settings.lockTimeoutMs, statementMs: settings.statementTimeoutMs };
  if (wanted.lockMs === usual.lockMs && wanted.statementMs === usual.statementMs) return await work();
  await session.run(timeoutsSql(usual, wanted));
  try {
    return await work();
  } finally {
    if (!session.closed) await session.run(timeoutsSql(wanted, usual)).catch(() => undefined);
  }
}

/** SQL that replaces the timeouts that still have the former value. */
function timeoutsSql(from: Timeouts, to: Timeouts): string {
  const change = (name: string, before: number, after: number) =>
    `select set_config('${name}', '${after}', false) from pg_settings where name = '${name}' and setting = '${before}'`;
  return `${change('lock_timeout', from.lockMs, to.lockMs)}; ${change('statement_timeout', from.statementMs, to.statementMs)}`;
}
