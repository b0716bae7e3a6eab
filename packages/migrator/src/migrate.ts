import { advisoryKey, takeAdvisoryLock } from './db/advisoryLock.ts';
import { createLedger, hasLedger, readLedger } from './db/ledger.ts';
import { Monitor } from './db/monitor.ts';
import { connect } from './db/preflight.ts';
import { createProgress, readProgress } from './db/progress.ts';
import type { Session } from './db/session.ts';
import { type MigrationFolder, readFolder } from './folder/folder.ts';
import { type MigratorOptions, resolveOptions, type Settings } from './options.ts';
import { assertRunnable, type Plan, type ProgressRow, plan } from './plan.ts';
import type { PreparedFile, Run } from './run/context.ts';
import { toMigratorError } from './run/failure.ts';
import { isolate } from './run/isolate.ts';
import { applyNoTransaction } from './run/noTransaction.ts';
import { prepare } from './run/prepare.ts';
import { applyTransactional } from './run/transactional.ts';

export interface MigrateOptions extends MigratorOptions {
  /** Tag of the last migration to apply. */
  to?: string;
  /** Apply migrations that are older than the newest applied one. */
  allowOutOfOrder?: boolean;
}

export interface MigrateResult {
  applied: readonly { tag: string; elapsedMs: number }[];
  /** Applied by another runner while this one waited for it. */
  appliedByOthers: readonly string[];
}

/**
 * Applies the pending migrations, one runner at a time. Safe to call from many processes at once and to repeat after
 * any interruption. Throws MigratorError and nothing else.
 */
export async function migrate(options: MigrateOptions): Promise<MigrateResult> {
  const settings = resolveOptions(options);
  try {
    const folder = await readFolder(settings.folder);
    const { session, server } = await connect(settings);
    try {
      const { plan: first } = await currentPlan(session, settings, server.hasLedger, folder, options);
      assertRunnable(first.problems);
      if (first.pending.length === 0) return { applied: [], appliedByOthers: [] };
      return await migrateUnderLock(session, settings, server.database, folder, options, first);
    } finally {
      await session.close();
    }
  } catch (error) {
    throw toMigratorError(error, settings);
  }
}

/** The plan of this moment, with the progress records that it took into account. */
export async function currentPlan(
  session: Session,
  settings: Settings,
  ledgerExists: boolean,
  folder: MigrationFolder,
  options: Pick<MigrateOptions, 'to' | 'allowOutOfOrder'>,
): Promise<{ plan: Plan; progress: ProgressRow[] }> {
  const ledger = ledgerExists ? await readLedger(session, settings) : [];
  const known = plan(folder.journal, folder.files, ledger, options);
  if (!ledgerExists || known.pending.every((it) => it.transaction)) return { plan: known, progress: [] };
  const progress = await readProgress(session, settings);
  return { plan: plan(folder.journal, folder.files, ledger, { ...options, progress }), progress };
}

async function migrateUnderLock(
  session: Session,
  settings: Settings,
  database: string,
  folder: MigrationFolder,
  options: MigrateOptions,
  before: Plan,
): Promise<MigrateResult> {
  const lockKey = advisoryKey(database, settings);
  const monitor = new Monitor(settings);
  const run: Run = { session, monitor, settings, lockKey };
  try {
    await takeAdvisoryLock(session, settings, lockKey);
    settings.emit({ type: 'locked' });
    const ledgerExists = await hasLedger(session, settings);
    const { plan: now, progress } = await currentPlan(session, settings, ledgerExists, folder, options);
    assertRunnable(now.problems);
    const files = await prepare(now, folder, progress);
    if (!ledgerExists && files.length > 0) await createLedger(session, settings);
    const applied: MigrateResult['applied'][number][] = [];
    for (const [index, file] of files.entries()) {
      applied.push(await applyFile(run, file, { number: index + 1, pending: files.length }));
    }
    const still = new Set(now.pending.map((it) => it.tag));
    return { applied, appliedByOthers: before.pending.map((it) => it.tag).filter((tag) => !still.has(tag)) };
  } finally {
    await monitor.close();
  }
}

async function applyFile(run: Run, file: PreparedFile, count: { number: number; pending: number }) {
  const { session, settings } = run;
  const { tag, noTransaction } = file.file;
  const started = performance.now();
  settings.emit({ type: 'file-started', file: tag, transaction: !noTransaction, ...count });
  session.onNotice = (notice) =>
    settings.emit({ type: 'notice', file: tag, severity: notice.severity ?? 'NOTICE', message: notice.message ?? '' });
  await isolate(run);
  if (noTransaction) {
    await createProgress(session, settings);
    await applyNoTransaction(run, file);
  } else await applyTransactional(run, file);
  const elapsedMs = performance.now() - started;
  settings.emit({ type: 'file-done', file: tag, elapsedMs });
  return { tag, elapsedMs };
}
