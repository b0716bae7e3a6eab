import type { Connected } from './connected.ts';
import { advisoryKey, takeAdvisoryLock } from './db/advisoryLock.ts';
import { Monitor } from './db/monitor.ts';
import type { Run } from './run/context.ts';
import { isolate } from './run/isolate.ts';

/** Runs `work` as the only runner of this ledger, with the session's timeouts set. The lock goes with the session. */
export async function underLock<T>(
  { session, server, settings }: Connected,
  work: (run: Run) => Promise<T>,
): Promise<T> {
  const lockKey = advisoryKey(server.database, settings);
  const monitor = new Monitor(settings);
  const run: Run = { session, monitor, settings, lockKey };
  try {
    await takeAdvisoryLock(session, settings, lockKey);
    settings.emit({ type: 'locked' });
    await isolate(run);
    return await work(run);
  } finally {
    await monitor.close();
  }
}
