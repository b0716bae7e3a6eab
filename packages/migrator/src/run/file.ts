import { createProgress } from '../db/progress.ts';
import type { PreparedFile, Run } from './context.ts';
import { isolate } from './isolate.ts';
import { applyNoTransaction } from './noTransaction.ts';
import { applyTransactional } from './transactional.ts';

/** Applies one file and records it. `number` of `pending` is its place in the run. */
export async function applyFile(
  run: Run,
  file: PreparedFile,
  { number, pending }: { number: number; pending: number },
): Promise<{ tag: string; elapsedMs: number }> {
  const { session, settings } = run;
  const { tag, noTransaction } = file.file;
  const started = performance.now();
  settings.emit({ type: 'file-started', file: tag, transaction: !noTransaction, number, pending });
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
