import { asOurselves, recordSql } from '../db/ledger.ts';
import { forgetProgressSql, progressSql, statementHash } from '../db/progress.ts';
import { isSessionOnly, runsBare, takesLong, waitsAside } from '../sql/classify.ts';
import type { Statement } from '../sql/parser.ts';
import type { PreparedFile, Run } from './context.ts';
import { guardIndex } from './indexBuilds.ts';
import { retryForLocks } from './retry.ts';
import { runStatement } from './statement.ts';
import { withTimeouts } from './timeouts.ts';
import { inTransaction } from './transactional.ts';

/**
 * Applies a no-transaction file statement by statement. Each one is recorded as it is finished, in one transaction with it
 * where it can run in one, so that an interrupted file goes on where it stopped and nothing is done twice.
 */
export async function applyNoTransaction(run: Run, file: PreparedFile): Promise<void> {
  const { settings } = run;
  const migration = { when: file.when, tag: file.file.tag, hash: file.file.hash };
  const finished = file.progress?.done.length ?? 0;
  const done: string[] = [];
  for (const statement of file.statements) {
    if (isSessionOnly(statement)) {
      await runStatement(run, file, statement);
      continue;
    }
    done.push(statementHash(statement.sql));
    if (done.length <= finished) {
      settings.emit({
        type: 'statement-skipped',
        file: migration.tag,
        statement: statement.number,
        of: file.statements.length,
      });
      continue;
    }
    await runRecorded(run, file, statement, asOurselves(progressSql(settings, migration, done)));
  }
  await inTransaction(run, file, async () => {
    await run.session.run(
      asOurselves(`${recordSql(settings, migration)}; ${forgetProgressSql(settings, migration.when)}`),
    );
  });
}

/** Runs one statement and the SQL that records it, trying again for locks. */
async function runRecorded(run: Run, file: PreparedFile, statement: Statement, record: string): Promise<void> {
  const { session, settings } = run;
  const once = () => guardIndex(run, { file, statement }, () => runStatement(run, file, statement));
  const attempt = async () => {
    if (runsBare(statement)) {
      await once();
      await inTransaction(run, file, () => session.run(record));
      return;
    }
    await inTransaction(run, file, async () => {
      await once();
      await session.run(record);
    });
  };
  await withTimeouts(
    run,
    {
      lockMs: waitsAside(statement) ? settings.lockRetryBudgetMs : settings.lockTimeoutMs,
      statementMs: takesLong(statement) ? settings.concurrentStatementTimeoutMs : settings.statementTimeoutMs,
    },
    () => retryForLocks(run, file.file.tag, file.statements.length, attempt),
  );
}
