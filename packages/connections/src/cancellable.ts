import postgres from 'postgres';
import { ConnectionError } from './errors.ts';
import type { Rows, Session } from './session.ts';
import type { SessionPool } from './sessionPool.ts';

const PREPARED = { prepare: true };

/**
 * Sends a statement that a signal ends on the server.
 *
 * The session must be held: a request to cancel names the connection, and a late one would end the next statement.
 *
 * @throws ConnectionError, the driver's errors
 */
export async function cancellable(
  sessions: SessionPool,
  session: Session,
  text: string,
  values: readonly unknown[],
  signal: AbortSignal,
): Promise<Rows> {
  const query = sessions.send(session, text, values, PREPARED);
  let settled = false;
  let cancelling: Promise<void> | undefined;
  const cancel = () => {
    // The driver sends the statement at the end of this turn of the event loop, and it cannot be cancelled before.
    cancelling = new Promise<void>((resolve) => setImmediate(resolve)).then(() =>
      settled ? undefined : session.cancel(query),
    );
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await query.answer;
  } catch (error) {
    const ended = signal.aborted && error instanceof postgres.PostgresError && error.code === '57014';
    throw ended
      ? new ConnectionError('ABORTED', 'the statement was aborted, without effect', { cause: signal.reason })
      : error;
  } finally {
    settled = true;
    signal.removeEventListener('abort', cancel);
    await cancelling;
  }
}
