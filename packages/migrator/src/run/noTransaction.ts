import { assertAdvisoryLock } from '../db/advisoryLock.ts';
import { asOurselves, recordSql } from '../db/ledger.ts';
import { forgetProgressSql, progressSql, statementHash } from '../db/progress.ts';
import { isSessionOnly, runsBare, takesLong, waitsAside } from '../sql/classify.ts';
import type { PreparedFile, Run } from './context.ts';
import { guardIndex } from './indexBuilds.ts';
import { retryForLocks } from './retry.ts';
import { inEvent, type Place, runStatement } from './statement.ts';
import { withTimeouts } from './timeouts.ts';
import { inTransaction } from './transactional.ts';

/**
 * Applies a no-transaction file statement by statement. Each one is recorded as it is finished, in one transaction with it
 * where it can run in one, so that an interrupted file goes on where it stopped and nothing is done twice.
 */
export async function applyNoTransaction(run: Run, file: PreparedFile): Promise<void> {
  const { session, settings } = run;
  const migration = { when: file.when, tag: file.file.tag, hash: file.file.hash };
  const finished = file.progress?.done.length ?? 0;
  const done: string[] = [];
  for (const statement of file.statements) {
    const at = { file, statement };
    if (isSessionOnly(statement)) {
      await runStatement(run, at);
      continue;
    }
    done.push(statementHash(statement.sql));
    if (done.length > finished) await runRecorded(run, at, asOurselves(progressSql(settings, migration, done)));
    else settings.emit({ type: 'statement-skipped', ...inEvent(at) });
  }
  await inTransaction(run, file, async () => {
    await session.run(asOurselves(`${recordSql(settings, migration)}; ${forgetProgressSql(settings, migration.when)}`));
    await assertAdvisoryLock(session, run.lockKey);
  });
}

/** Runs one statement and the SQL that records it, trying again for locks. */
async function runRecorded(run: Run, at: Place, record: string): Promise<void> {
  const { session, settings } = run;
  const statement = () => guardIndex(run, at, () => runStatement(run, at));
  const bare = async () => {
    await statement();
    await inTransaction(run, at.file, () => session.run(record));
  };
  const together = () =>
    inTransaction(run, at.file, async () => {
      await statement();
      await session.run(record);
    });
  const timeouts = {
    lockMs: waitsAside(at.statement) ? settings.lockRetryBudgetMs : settings.lockTimeoutMs,
    statementMs: takesLong(at.statement) ? settings.concurrentStatementTimeoutMs : settings.statementTimeoutMs,
  };
  await withTimeouts(run, timeouts, () => retryForLocks(run, runsBare(at.statement) ? bare : together));
}
