import { MigratorError } from '../errors.ts';
import type { Settings } from '../options.ts';
import { Session } from './session.ts';
import { NoAnswer, within } from './within.ts';

/** For a pool to find a process for another session. */
const spareMs = 2000;
/** For a query: a server that is merely slow is no pooler. */
const answerMs = 10_000;

/**
 * Throws TRANSACTION_POOLER where statements of one session run on different server processes: advisory locks and
 * settings would then belong to somebody else. A direct connection is recognised by its handshake, at no cost.
 */
export async function assertNotPooled(session: Session, settings: Settings): Promise<void> {
  if (session.handshakePid === session.pid) return;
  for (let attempt = 0; attempt < 3; attempt++) {
    const other = await occupyProcess(settings);
    try {
      if ((await currentPid(session)) !== session.pid) throw pooled();
    } finally {
      await other?.close({ timeoutMs: 0 });
    }
  }
}

/**
 * Opens a second session that sits in a transaction. An idle pool hands the first one's last process to it, which must
 * then take another. Null where the pool has none to spare: a pool of whole sessions may be full with ours.
 */
async function occupyProcess(settings: Settings): Promise<Session | null> {
  const name = `${settings.applicationName} (pooler check)`;
  const opened = await Session.open({ ...settings, connectTimeoutMs: spareMs }, name, 'begin').catch(() => null);
  return opened?.session ?? null;
}

/** Null where no answer comes: a pool of one process has none left for us while the other session sits on it. */
async function currentPid(session: Session): Promise<number | null> {
  try {
    const { rows } = await within(answerMs, session.run('select pg_backend_pid() as pid'));
    return Number(rows[0]?.pid);
  } catch (error) {
    if (error instanceof NoAnswer) return null;
    throw error;
  }
}

function pooled(): MigratorError {
  return new MigratorError(
    'TRANSACTION_POOLER',
    'The URL leads through a transaction pooler (pg_backend_pid changes between statements), where locks and settings do not hold. Use the direct URL of the database (on Supabase port 5432, not 6543).',
  );
}
