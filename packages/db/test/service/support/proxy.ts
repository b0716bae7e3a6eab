import { connect, createServer, type Socket } from 'node:net';
import { afterAll } from 'vitest';

/** A TCP proxy between a client and a server that can fail. */
export interface Network {
  readonly port: number;
  /** The URL through the proxy. */
  through(url: string): string;
  /** Ends every connection, and refuses new ones. */
  cut(): Promise<void>;
  /** Drops all bytes in both directions and keeps the sockets open. */
  mute(): void;
  /** Forwards bytes again; dropped bytes stay lost. */
  restore(): Promise<void>;
  /** Connections that are open now. */
  connections(): number;
  /** How often the client has waited for an answer before it sent something, since the start. */
  roundTrips(): number;
}

/** A proxy to the server of a URL, closed after the suite. */
export async function startNetwork(target: string): Promise<Network> {
  const { hostname, port: targetPort } = new URL(target);
  const sockets = new Set<Socket>();
  let muted = false;
  let roundTrips = 0;
  let isAnswered = true;
  const server = createServer((client) => {
    const upstream = connect({ host: hostname, port: Number(targetPort) });
    const pass = (from: Socket, to: Socket) => {
      sockets.add(from);
      from.on('data', (chunk) => {
        if (from === client && isAnswered) roundTrips += 1;
        isAnswered = from === upstream;
        if (!muted) to.write(chunk);
      });
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on('error', () => undefined);
    };
    pass(client, upstream);
    pass(upstream, client);
  });
  const listen = (port: number) => new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  afterAll(close);
  return {
    port,
    through: (url) => url.replace(/@[^/]*/, `@127.0.0.1:${port}`),
    cut: close,
    mute: () => {
      muted = true;
    },
    restore: async () => {
      muted = false;
      if (!server.listening) await listen(port);
    },
    connections: () => sockets.size / 2,
    roundTrips: () => roundTrips,
  };
}
