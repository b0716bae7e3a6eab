import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionError } from './errors.ts';
import { type Host, type SessionKind, socketPath } from './url.ts';

/** A host that is not the wanted one is asked again that much later, while others have not answered yet. */
const ASK_AGAIN_MS = 200;

/**
 * Chooses the server among the hosts. Connections that are opened together share one search.
 *
 * @param isStandby asked of each; rejects where a host cannot be asked
 */
export function hostChooser(
  hosts: readonly [Host, ...Host[]],
  kind: SessionKind,
  isStandby: (host: Host) => Promise<boolean>,
): () => Promise<Host> {
  if (hosts.length === 1 && kind === 'any') return () => Promise.resolve(hosts[0]);
  const find = async () => {
    if (kind === 'primary' || kind === 'standby') return first(hosts, kind, isStandby);
    if (kind === 'any') return first(hosts, undefined, isStandby);
    return first(hosts, 'standby', isStandby).catch(() => first(hosts, undefined, isStandby));
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
 * All are asked at once. A frozen primary never answers, and the standby that takes over may be promoted meanwhile: it is
 * asked again until every host has answered. A refusal to let us in says more than that nobody is there.
 */
async function first(
  hosts: readonly Host[],
  wanted: 'primary' | 'standby' | undefined,
  isStandby: (host: Host) => Promise<boolean>,
): Promise<Host> {
  const over = new AbortController();
  let unanswered = hosts.length;
  const ask = async (host: Host): Promise<Host> => {
    for (let attempt = 1; ; attempt++) {
      const refusal = await isStandby(host).then(
        (standby) => refusalOf(host, standby ? 'standby' : 'primary', wanted),
        (error: unknown) => error,
      );
      if (refusal === undefined) return host;
      if (attempt === 1 && --unanswered === 0) over.abort();
      await sleep(ASK_AGAIN_MS, undefined, { signal: over.signal }).catch(() => undefined);
      if (over.signal.aborted) throw refusal;
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
    over.abort();
  }
}

const refusalOf = (host: Host, kind: 'primary' | 'standby', wanted: string | undefined) =>
  wanted === undefined || kind === wanted
    ? undefined
    : new ConnectionError('CONNECTION_NO_PRIMARY', `${host.host}:${host.port} is a ${kind}`);

/** Opens a socket to a host. */
export function reach({ host, port }: Host, timeoutMs: number): Promise<Socket> {
  const socket = host.startsWith('/')
    ? createConnection({ path: socketPath({ host, port }) })
    : createConnection({ host, port, noDelay: true });
  // The driver names them in its messages, and takes the name that a certificate must bear from them.
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
