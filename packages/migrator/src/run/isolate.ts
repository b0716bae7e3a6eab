import { codeOf } from '../db/driverErrors.ts';
import { timeoutsSql } from '../db/ledger.ts';
import type { Run } from './context.ts';

/** A process that stops between two statements must not keep its locks for ever. */
const idleInTransactionMs = 60_000;

/**
 * Brings the session back to what it was at the handshake, so that nothing one file set reaches the next, and sets our
 * own timeouts. DISCARD ALL would release the advisory lock with the rest.
 */
export async function isolate({ session, settings }: Pick<Run, 'session' | 'settings'>): Promise<void> {
  await session.run(`set session authorization default; reset role; reset all; close all; unlisten *; discard temp; discard sequences; deallocate all;
    ${timeoutsSql(settings)}; set idle_in_transaction_session_timeout = ${idleInTransactionMs}`);
  await noticeDeadClient(session);
}

/** Ends our statements within half a second of our death; servers on systems that cannot tell refuse the setting. */
async function noticeDeadClient(session: Run['session']): Promise<void> {
  try {
    await session.run('set client_connection_check_interval = 500');
  } catch (error) {
    if (codeOf(error) !== '22023') throw error;
  }
}
