import { createConnection, type Socket } from 'node:net';
import { ConnectionError } from './errors.ts';

export interface Host {
  /** Name or address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
}

/**
 * Chooses the server among several hosts: the primary. Connections that are opened together share one search.
 *
 * @param isPrimary asked of each; rejects where a host cannot be asked
 */
export function primaryAmong(
  hosts: readonly [Host, ...Host[]],
  isPrimary: (host: Host) => Promise<boolean>,
): () => Promise<Host> {
  if (hosts.length === 1) return () => Promise.resolve(hosts[0]);
  let search: Promise<Host> | undefined;
  return () => {
    search ??= findPrimary(hosts, isPrimary).finally(() => {
      search = undefined;
    });
    return search;
  };
}

/** All are asked at once; a refusal to let us in says more than that nobody is there. */
async function findPrimary(hosts: readonly Host[], isPrimary: (host: Host) => Promise<boolean>): Promise<Host> {
  const asked = hosts.map(async (host) => {
    if (await isPrimary(host)) return host;
    throw new ConnectionError('CONNECTION_NO_PRIMARY', `${host.host}:${host.port} is a standby`);
  });
  try {
    return await Promise.any(asked);
  } catch (error) {
    const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
    const refusal = errors.find((each) => each instanceof Error && each.name === 'PostgresError');
    if (refusal !== undefined) throw refusal;
    const reasons = errors.map((each) => (each instanceof Error ? each.message : String(each)));
    throw new ConnectionError('CONNECTION_NO_PRIMARY', `no host is a primary that answers (${reasons.join('; ')})`);
  }
}

/** Opens a socket to a host. */
export function reach({ host, port }: Host, timeoutMs: number): Promise<Socket> {
  const socket = host.startsWith('/')
    ? createConnection({ path: `${host}/.s.PGSQL.${port}` })
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
