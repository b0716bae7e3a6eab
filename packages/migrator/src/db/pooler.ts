import { MigratorError } from '../errors.ts';
import type { Settings } from '../options.ts';
import { Session } from './session.ts';

/**
 * Throws TRANSACTION_POOLER where statements of one session run on different server processes: advisory locks and
 * settings would then belong to somebody else. A direct connection, told by its handshake, costs nothing.
 */
export async function assertNotPooled(session: Session, settings: Settings): Promise<void> {
  if (session.handshakePid === session.pid) return;
  let { pid } = session;
  for (let attempt = 0; attempt < 3; attempt++) {
    const other = await occupyProcess(settings);
    try {
      const now = await pidWithin(session, 2000);
      if (now !== pid) throw pooled();
      pid = now;
    } finally {
      await other.close();
    }
  }
}

/** An idle pool hands its last process to the next client; one that sits in a transaction keeps it from the first. */
async function occupyProcess(settings: Settings): Promise<Session> {
  const { session } = await Session.open(settings, `${settings.applicationName} (pooler check)`);
  await session.run('begin');
  await session.run('select pg_backend_pid()');
  return session;
}

/** A pool of one process has none left for us: no answer in time is an answer too. */
async function pidWithin(session: Session, timeoutMs: number): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(pooled()), timeoutMs);
  });
  try {
    const { rows } = await Promise.race([session.run('select pg_backend_pid() as pid'), timeout]);
    return Number(rows[0]?.pid);
  } finally {
    clearTimeout(timer);
  }
}

function pooled(): MigratorError {
  return new MigratorError(
    'TRANSACTION_POOLER',
    'The URL leads through a transaction pooler (pg_backend_pid changes between statements), where locks and settings do not hold. Use the direct URL of the database (on Supabase port 5432, not 6543).',
  );
}
