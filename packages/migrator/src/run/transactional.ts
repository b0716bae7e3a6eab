import { assertAdvisoryLock } from '../db/advisoryLock.ts';
import { asOurselves, recordSql } from '../db/ledger.ts';
import { MigratorError } from '../errors.ts';
import type { PreparedFile, Run } from './context.ts';
import { guardIndex } from './indexBuilds.ts';
import { retryForLocks } from './retry.ts';
import { runStatement, StatementFailure } from './statement.ts';

/** Applies a file and records it in one transaction; the whole file is tried again when a lock is not had in time. */
export async function applyTransactional(run: Run, file: PreparedFile): Promise<void> {
  const record = asOurselves(recordSql(run.settings, { hash: file.file.hash, when: file.when }));
  const attempt = async () => {
    for (const statement of file.statements) {
      const at = { file, statement };
      await guardIndex(run, at, () => runStatement(run, at));
    }
    await run.session.run(record);
    await assertAdvisoryLock(run.session, run.lockKey);
  };
  await retryForLocks(run, () => inTransaction(run, file, attempt));
}

/** Runs `work` between BEGIN and COMMIT, and rolls back where it fails. Throws StatementFailure. */
export async function inTransaction(run: Run, file: PreparedFile, work: () => Promise<unknown>): Promise<void> {
  try {
    await run.session.run('begin');
    await work();
    await commit(run.session);
  } catch (error) {
    if (!run.session.closed) await run.session.run('rollback').catch(() => undefined);
    if (error instanceof StatementFailure || error instanceof MigratorError) throw error;
    throw new StatementFailure(error, { file });
  }
}

/** COMMIT of a failed transaction raises nothing: only its command tag says that it rolled back. */
export async function commit(session: Run['session']): Promise<void> {
  const { command } = await session.run('commit');
  if (command !== 'COMMIT') {
    throw new MigratorError(
      'COMMIT_ROLLED_BACK',
      `COMMIT was answered with ${command}: the transaction had failed and was rolled back.`,
    );
  }
}
