import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError } from './errors.ts';
import { type Host, type SessionKind, socketPath } from './url.ts';

/** A host of another kind is asked again after this time, while a host has not answered yet. */
const ASK_AGAIN_MS = 200;

/**
 * Chooses one of the hosts. Connections that are opened at the same time share one search.
 *
 * @param isStandby asks a host whether it is a standby; rejects where the host does not answer
 */
export function hostChooser(
  hosts: readonly [Host, ...Host[]],
  kind: SessionKind,
  isStandby: (host: Host) => Promise<boolean>,
): () => Promise<Host> {
  if (hosts.length === 1 && kind === 'any') return () => Promise.resolve(hosts[0]);
  const find = async () => {
    if (kind === 'primary' || kind === 'standby') return firstOfKind(hosts, kind, isStandby);
    if (kind === 'any') return firstOfKind(hosts, undefined, isStandby);
    return firstOfKind(hosts, 'standby', isStandby).catch(() => firstOfKind(hosts, undefined, isStandby));
  };
  let search: Promise<Host> | undefined;
  return () => {
    search ??= find().finally(() => {
      search = undefined;
    });
    return search;
  };
}

/**
 * Asks all hosts at once. While a host has not answered, the others are asked again: a frozen primary never answers, and a
 * standby may be promoted meanwhile. Of several errors the server's own (a wrong password) is thrown first.
 */
async function firstOfKind(
  hosts: readonly Host[],
  wanted: 'primary' | 'standby' | undefined,
  isStandby: (host: Host) => Promise<boolean>,
): Promise<Host> {
  const done = new AbortController();
  let unanswered = hosts.length;
  const ask = async (host: Host): Promise<Host> => {
    for (let attempt = 1; ; attempt++) {
      const problem = await isStandby(host).then(
        (standby) => wrongKind(host, standby ? 'standby' : 'primary', wanted),
        (error: unknown) => error,
      );
      if (problem === undefined) return host;
      if (attempt === 1 && --unanswered === 0) done.abort();
      await sleep(ASK_AGAIN_MS, undefined, { signal: done.signal }).catch(() => undefined);
      if (done.signal.aborted) throw problem;
    }
  };
  try {
    return await Promise.any(hosts.map(ask));
  } catch (error) {
    const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
    const refusal = errors.find((each) => each instanceof Error && each.name === 'PostgresError');
    if (refusal !== undefined) throw refusal;
    const reasons = errors.map((each) => (each instanceof Error ? each.message : String(each)));
    const what = wanted === undefined ? 'host answers' : `host is a ${wanted} that answers`;
    throw new ConnectionError('CONNECTION_NO_PRIMARY', `no ${what} (${reasons.join('; ')})`);
  } finally {
    done.abort();
  }
}

const wrongKind = (host: Host, kind: 'primary' | 'standby', wanted: string | undefined) =>
  wanted === undefined || kind === wanted
    ? undefined
    : new ConnectionError('CONNECTION_NO_PRIMARY', `${host.host}:${host.port} is a ${kind}`);

/** Opens a socket to a host. */
export function openSocket({ host, port }: Host, timeoutMs: number): Promise<Socket> {
  const socket = host.startsWith('/')
    ? createConnection({ path: socketPath({ host, port }) })
    : createConnection({ host, port, noDelay: true });
  // The driver uses both in its messages, and the host to check a certificate's name.
  Object.assign(socket, { host, port });
  return new Promise((resolve, reject) => {
    const giveUp = () =>
      socket.destroy(new ConnectionError('CONNECT_TIMEOUT', `no connection to ${host}:${port} in time`));
    const timer = setTimeout(giveUp, timeoutMs);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners();
      resolve(socket);
    });
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
  });
}
