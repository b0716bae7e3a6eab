import type { Sql, TransactionSql } from 'postgres';
import { Aborted } from '../errors.ts';
import type { Call } from './admission.ts';
import type { Value } from './statement.ts';

/**
 * Runs one statement that a signal can end on the server. In a transaction of its own: on a shared connection the
 * request to cancel, which names the connection, could come late and end somebody else's statement.
 *
 * @throws Aborted when nothing was sent, or once the server has undone the statement
 */
export async function abortable(
  client: Sql,
  text: string,
  values: Value[],
  signal: AbortSignal,
  call: Call,
): Promise<readonly unknown[][]> {
  const aborted = () => new Aborted('The operation was aborted, without effect.', signal.reason);
  return new Promise((resolve, reject) => {
    const leave = () => {
      if (!call.sent) reject(aborted());
    };
    signal.addEventListener('abort', leave);
    const transaction = client.begin(async (tx) => {
      if (signal.aborted || call.expired) throw aborted();
      call.sent = true;
      return cancellable(tx, text, values, signal, aborted);
    });
    transaction
      .then(resolve as (rows: unknown) => void, reject)
      .finally(() => signal.removeEventListener('abort', leave));
    if (signal.aborted) leave();
  });
}

async function cancellable(
  tx: TransactionSql,
  text: string,
  values: Value[],
  signal: AbortSignal,
  aborted: () => Aborted,
): Promise<unknown[][]> {
  const query = tx.unsafe(text, values, { prepare: true }).values();
  let settled = false;
  let cancelling: Promise<void> | undefined;
  const cancel = () => {
    // A moment later, when the driver has surely sent it: it loses a connection whose query is cancelled before.
    cancelling = new Promise<void>((resolve) => setImmediate(resolve)).then(() =>
      settled ? undefined : query.cancel(),
    );
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await query;
  } catch (error) {
    throw signal.aborted ? aborted() : error;
  } finally {
    settled = true;
    signal.removeEventListener('abort', cancel);
    // The connection is kept until the request has reached the server, and can no longer hit what comes next on it.
    await cancelling;
  }
}
