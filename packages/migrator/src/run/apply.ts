import { becomeOnlyRunner } from '../connected.ts';
import { currentPlan, type Found } from '../currentPlan.ts';
import { assertAdvisoryLock } from '../db/advisoryLock.ts';
import { codeOf } from '../db/driverErrors.ts';
import { asConnectionRole, createLedger, recordSql, upgradeLedger } from '../db/ledger.ts';
import { createProgress, forgetProgressSql, progressSql } from '../db/progress.ts';
import { type Session, sessionSql } from '../db/session.ts';
import type { MigrateOptions, MigrateResult } from '../options.ts';
import { assertRunnable } from '../plan.ts';
import { isRecorded, type PreparedFile, stepHash } from '../sql/fileProblems.ts';
import type { Run } from './run.ts';
import { runStatement } from './statement.ts';
import { inTransaction, runStep } from './step.ts';

/** Applies what is pending, as the only runner. The plan is made again where another runner was first. */
export async function applyPending(run: Run, options: MigrateOptions, before: Found): Promise<MigrateResult> {
  let found = before;
  if (before.locked) run.settings.emit({ type: 'locked' });
  else {
    await becomeOnlyRunner(run);
    found = await currentPlan(run, options);
    assertRunnable(found.plan.problems);
  }
  const { files, ledgerExists, plan } = found;
  if (!ledgerExists && files.length > 0) await createLedger(run);
  await upgradeLedger(run, found);
  const applied: MigrateResult['applied'][number][] = [];
  for (const [index, file] of files.entries())
    applied.push(await applyFile(run, file, { number: index + 1, pending: files.length }));
  const still = new Set(plan.pending.map((it) => it.tag));
  return { applied, appliedByOthers: before.plan.pending.map((it) => it.tag).filter((tag) => !still.has(tag)) };
}

/** Applies one file and records it. `number` of `pending` is its place in the run. */
export async function applyFile(
  run: Run,
  file: PreparedFile,
  { number, pending }: { number: number; pending: number },
): Promise<{ tag: string; elapsedMs: number }> {
  const { session, settings } = run;
  const { tag } = file.migration;
  const started = performance.now();
  settings.emit({ type: 'file-started', file: tag, transaction: file.whole, number, pending });
  session.onNotice = (notice) =>
    settings.emit({ type: 'notice', file: tag, severity: notice.severity ?? 'NOTICE', message: notice.message ?? '' });
  await isolate(run);
  if (file.whole) {
    const step = file.steps[0] ?? { statements: [], inTransaction: true, again: [] };
    await runStep(run, file, step, () => record(run, recordSql(run, file.migration)));
  } else await applyInSteps(run, file);
  const elapsedMs = performance.now() - started;
  settings.emit({ type: 'file-done', file: tag, elapsedMs });
  return { tag, elapsedMs };
}

/**
 * Applies a file step by step. Each one is recorded as it is finished, in one transaction with it where it can run in one,
 * so that an interrupted file goes on where it stopped and nothing is done twice.
 */
async function applyInSteps(run: Run, file: PreparedFile): Promise<void> {
  const { session, settings } = run;
  const { migration } = file;
  await createProgress(session, settings);
  const finished = file.progress?.done.length ?? 0;
  const done: string[] = [];
  for (const step of file.steps) {
    if (isRecorded(step)) done.push(stepHash(step));
    if (isRecorded(step) && done.length > finished) {
      const sql = asConnectionRole(progressSql(settings, migration, done));
      await runStep(run, file, step, () => session.run(sql));
      continue;
    }
    for (const statement of step.statements) {
      if (step.again.includes(statement)) await runStatement(run, { file, statement });
      else {
        const of = file.statements.length;
        settings.emit({ type: 'statement-skipped', file: migration.tag, statement: statement.number, of });
      }
    }
  }
  const sql = `${recordSql(run, migration)}; ${forgetProgressSql(settings, migration.when)}`;
  await inTransaction(run, file, () => record(run, sql));
}

/** Writes to the ledger, just before the COMMIT, as the only runner still. */
async function record({ session, lockKey }: Run, sql: string): Promise<void> {
  await assertAdvisoryLock(session, lockKey, asConnectionRole(sql));
}

/** A process that stops between two statements must not keep its locks for ever. */
const idleInTransactionMs = 60_000;

/**
 * Brings the session back to what it was at the handshake, so that nothing one file set reaches the next, and sets our
 * own timeouts. DISCARD ALL would release the advisory lock with the rest.
 */
export async function isolate(run: Run): Promise<void> {
  await Promise.all([resetSession(run), noticeDeadClient(run.session)]);
}

/** The part of `isolate` that can be rolled back. */
export async function resetSession({ session, server, settings }: Run): Promise<void> {
  await session.run(`set session authorization default; reset role; reset all; close all; unlisten *; discard temp; discard sequences; deallocate all;
      ${sessionSql(settings, server.version)}; set idle_in_transaction_session_timeout = ${idleInTransactionMs}`);
}

/** Ends our statements within half a second of our death; servers on systems that cannot tell refuse the setting. */
async function noticeDeadClient(session: Session): Promise<void> {
  try {
    await session.run('set client_connection_check_interval = 500');
  } catch (error) {
    if (codeOf(error) !== '22023') throw error;
  }
}
