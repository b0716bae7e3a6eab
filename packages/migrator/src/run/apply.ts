import type { CurrentPlan } from '../currentPlan.ts';
import { assertLockSql } from '../db/advisoryLock.ts';
import { asConnectionRole, createLedger, recordSql, upgradeLedger } from '../db/ledger.ts';
import { createProgress, forgetProgressSql, progressSql } from '../db/progress.ts';
import type { MigrateResult } from '../options.ts';
import type { ParsedFile } from '../sql/fileProblems.ts';
import { isRecorded, stepHash } from '../sql/steps.ts';
import type { Run } from './run.ts';
import { runStatement } from './statement.ts';
import { inTransaction, resetSession, runStep } from './step.ts';

/** Applies the pending files of a plan that was made under the advisory lock. */
export async function applyPending(run: Run, { files, upgrade }: CurrentPlan): Promise<MigrateResult['applied']> {
  if (!run.server.hasLedger && files.length > 0) await createLedger(run);
  if (upgrade) await upgradeLedger(run, upgrade);
  const applied: MigrateResult['applied'][number][] = [];
  for (const [index, file] of files.entries())
    applied.push(await applyFile(run, file, { number: index + 1, pending: files.length }));
  return applied;
}

/** Applies one file and records it. `number` of `pending` is its place in the run. */
export async function applyFile(
  run: Run,
  file: ParsedFile,
  { number, pending }: { number: number; pending: number },
): Promise<{ tag: string; elapsedMs: number }> {
  const { session, settings } = run;
  const { tag } = file.migration;
  const started = performance.now();
  settings.emit({ type: 'file-started', file: tag, transaction: file.transactional, number, pending });
  session.onNotice = (notice) =>
    settings.emit({ type: 'notice', file: tag, severity: notice.severity ?? 'NOTICE', message: notice.message ?? '' });
  if (file.transactional) {
    const step = file.steps[0] ?? { statements: [], inTransaction: true, rerun: [] };
    await runStep(run, file, step, guardedSql(run, recordSql(run, file.migration)));
  } else await applyInSteps(run, file);
  const elapsedMs = performance.now() - started;
  settings.emit({ type: 'file-done', file: tag, elapsedMs });
  return { tag, elapsedMs };
}

/**
 * Applies a file step by step. Each step is recorded when it is finished, in the step's own transaction where it has one,
 * so that an interrupted file resumes where it stopped and repeats nothing.
 */
async function applyInSteps(run: Run, file: ParsedFile): Promise<void> {
  const { session, settings } = run;
  const { migration } = file;
  await resetSession(run);
  await createProgress(session, settings);
  const finished = file.progress?.done.length ?? 0;
  const done: string[] = [];
  for (const step of file.steps) {
    if (isRecorded(step)) done.push(stepHash(step));
    if (isRecorded(step) && done.length > finished) {
      await runStep(run, file, step, asConnectionRole(progressSql(settings, migration, done)));
      continue;
    }
    for (const statement of step.statements) {
      if (step.rerun.includes(statement)) await runStatement(run, { file, statement });
      else {
        const of = file.statements.length;
        settings.emit({ type: 'statement-skipped', file: migration.tag, statement: statement.number, of });
      }
    }
  }
  const sql = `${recordSql(run, migration)}; ${forgetProgressSql(settings, migration.when)}`;
  await inTransaction(run, file, { record: guardedSql(run, sql) });
}

/** SQL that writes to the ledger, and fails where this is no longer the only runner. */
function guardedSql({ lockKey }: Run, sql: string): string {
  return `${asConnectionRole(sql)}; ${assertLockSql(lockKey)}`;
}
