import { createConnection, Socket } from 'node:net';

export interface Host {
  /** Name or address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
}

/** Opens the driver's sockets: so it is us who choose the host, and who can end a connection that has gone silent. */
export interface Connector {
  /** A socket to the server. Never rejects: the driver loses the slot whose socket could not be made. */
  open(): Promise<Socket>;
  /** Ends, `ms` from now, the connections on which nothing arrives until then: a network that swallows packets. */
  endSilent(ms: number): void;
}

/**
 * @param hosts one host, or several of which one is the primary
 * @param isPrimary asked of each when there are several; rejects where a host cannot be asked
 * @param timeoutMs for reaching a host
 */
export function createConnector(
  hosts: readonly [Host, ...Host[]],
  isPrimary: (host: Host) => Promise<boolean>,
  timeoutMs: number,
): Connector {
  const sockets = new Set<Socket>();
  let search: Promise<Host> | undefined;
  let watching = false;

  /** Connections that are opened together share one search. */
  function chooseHost(): Promise<Host> {
    if (hosts.length === 1) return Promise.resolve(hosts[0]);
    search ??= findPrimary(hosts, isPrimary).finally(() => {
      search = undefined;
    });
    return search;
  }

  async function open(): Promise<Socket> {
    for (const socket of sockets) if (socket.destroyed) sockets.delete(socket);
    try {
      const socket = await reach(await chooseHost(), timeoutMs);
      sockets.add(socket);
      return socket;
    } catch (error) {
      const unreachable = new Socket();
      setImmediate(() => unreachable.destroy(error instanceof Error ? error : new Error(String(error))));
      return unreachable;
    }
  }

  function endSilent(ms: number): void {
    if (watching) return;
    watching = true;
    const heard = [...sockets].map((socket) => ({ socket, bytesRead: socket.bytesRead }));
    const end = () => {
      watching = false;
      for (const { socket, bytesRead } of heard) if (socket.bytesRead === bytesRead) socket.destroy();
    };
    setTimeout(end, ms).unref();
  }

  return { open, endSilent };
}

/** `CONNECTION_…` is how the driver's own connection errors are called. */
class NoPrimary extends Error {
  readonly code = 'CONNECTION_NO_PRIMARY';
}

/** All are asked at once; a refusal to let us in says more than that nobody is there. */
async function findPrimary(hosts: readonly Host[], isPrimary: (host: Host) => Promise<boolean>): Promise<Host> {
  const asked = hosts.map(async (host) => {
    if (await isPrimary(host)) return host;
    throw new NoPrimary(`${host.host}:${host.port} is a standby`);
  });
  try {
    return await Promise.any(asked);
  } catch (error) {
    const errors: unknown[] = error instanceof AggregateError ? error.errors : [error];
    const refusal = errors.find((each) => each instanceof Error && each.name === 'PostgresError');
    if (refusal !== undefined) throw refusal;
    const reasons = errors.map((each) => (each instanceof Error ? each.message : String(each)));
    throw new NoPrimary(`none of the hosts is a primary that answers (${reasons.join('; ')})`);
  }
}

function reach({ host, port }: Host, timeoutMs: number): Promise<Socket> {
  const socket = host.startsWith('/')
    ? createConnection({ path: `${host}/.s.PGSQL.${port}` })
    : createConnection({ host, port, noDelay: true });
  // The driver names them in its messages, and takes the certificate's name from them.
  Object.assign(socket, { host, port });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(timedOut(host, port)), timeoutMs);
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

const timedOut = (host: string, port: number) =>
  Object.assign(new Error(`no connection to ${host}:${port} in time`), { code: 'CONNECT_TIMEOUT' });
