import { recordSql } from '../db/ledger.ts';
import { forgetProgressSql, progressSql, statementHash } from '../db/progress.ts';
import { isSessionOnly, runsBare } from '../sql/classify.ts';
import type { Statement } from '../sql/parser.ts';
import type { PreparedFile, Run } from './context.ts';
import { assertIndexUsable, clearWayForIndex } from './indexBuilds.ts';
import { retryForLocks } from './retry.ts';
import { runStatement } from './statement.ts';
import { inTransaction } from './transactional.ts';

/**
 * Applies a no-transaction file statement by statement. Each one is recorded as it is finished, in its own transaction
 * where it can run in one, so that an interrupted file goes on where it stopped and nothing is done twice.
 */
export async function applyNoTransaction(run: Run, file: PreparedFile): Promise<void> {
  const { settings } = run;
  const migration = { when: file.when, tag: file.file.tag, hash: file.file.hash };
  const finished = file.progress?.done.length ?? 0;
  const done: string[] = [];
  for (const statement of file.statements) {
    const at = { file: migration.tag, statement: statement.number, of: file.statements.length };
    if (isSessionOnly(statement)) {
      await runStatement(run, file, statement);
      continue;
    }
    done.push(statementHash(statement.sql));
    if (done.length <= finished) {
      settings.emit({ type: 'statement-skipped', ...at, reason: 'finished before the run was interrupted' });
      continue;
    }
    const record = progressSql(settings, migration, done);
    await retryForLocks(run, migration.tag, at.of, () =>
      runsBare(statement) ? runBare(run, file, statement, record) : runWithRecord(run, file, statement, record),
    );
  }
  await inTransaction(run, file, async () => {
    await run.session.run(recordSql(settings, migration));
    await run.session.run(forgetProgressSql(settings, migration.when));
  });
}

async function runWithRecord(run: Run, file: PreparedFile, statement: Statement, record: string): Promise<void> {
  await inTransaction(run, file, async () => {
    await clearWayForIndex(run, file, statement);
    await runStatement(run, file, statement);
    await run.session.run(record);
  });
}

/**
 * A concurrent build waits for old transactions in a lock that nobody queues behind, and a wait cut short costs the whole
 * build: so it gets the retry budget as its lock_timeout, where DO and CALL keep the short one.
 */
async function runBare(run: Run, file: PreparedFile, statement: Statement, record: string): Promise<void> {
  const { session, settings } = run;
  const patient = !('DoStmt' in statement.node || 'CallStmt' in statement.node);
  const timeouts = (lock: number, total: number) =>
    session.run(`set lock_timeout = ${lock}; set statement_timeout = ${total}`);
  await timeouts(patient ? settings.lockRetryBudgetMs : settings.lockTimeoutMs, settings.concurrentStatementTimeoutMs);
  try {
    await clearWayForIndex(run, file, statement);
    await runStatement(run, file, statement);
  } finally {
    if (!session.closed) await timeouts(settings.lockTimeoutMs, settings.statementTimeoutMs).catch(() => undefined);
  }
  await assertIndexUsable(run, file, statement);
  await session.run(record);
}
