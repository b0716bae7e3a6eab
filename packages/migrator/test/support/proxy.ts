import { once } from 'node:events';
import { type AddressInfo, createServer, connect as dial, type Socket } from 'node:net';

export interface Message {
  /** Number of the query on its connection, from 1. */
  query: number;
  /** Number of the connection, from 1 in the order of opening. */
  connection: number;
  sql: string;
  /** Forwards the query. Until it is called the server does not receive it. */
  forward: () => void;
}

/**
 * A proxy that reports each simple query of PostgreSQL's protocol before it forwards it. When the client closes its socket,
 * the proxy closes the server's.
 */
export async function startProxy(
  url: string,
  onQuery: (message: Message) => void,
): Promise<{ url: string; stop(): void }> {
  const target = new URL(url);
  const entrance = new URL(url);
  const sockets = new Set<Socket>();
  let connections = 0;
  const proxy = createServer((client) => {
    const connection = ++connections;
    const server = dial(Number(target.port), target.hostname);
    const read = messageReader();
    let queries = 0;
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('error', () => undefined).on('close', () => to.destroy());
    }
    server.on('data', (data) => client.write(data));
    client.on('data', (data) => {
      for (const { type, bytes } of read(data)) {
        if (type !== 'Q') server.write(bytes);
        else
          onQuery({
            query: ++queries,
            connection,
            sql: bytes.toString('utf8', 5, bytes.length - 1),
            forward: () => server.write(bytes),
          });
      }
    });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  entrance.hostname = '127.0.0.1';
  entrance.port = String((proxy.address() as AddressInfo).port);
  return {
    url: entrance.href,
    stop: () => {
      proxy.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const SSL_REQUEST = 80_877_103;

/** Splits a client's stream into messages. The SSLRequest, which the servers refuse, and the start-up packet have no type byte. */
function messageReader(): (data: Buffer) => { type: string; bytes: Buffer }[] {
  let rest = Buffer.alloc(0);
  let started = false;
  return (data) => {
    rest = Buffer.concat([rest, data]);
    const messages: { type: string; bytes: Buffer }[] = [];
    for (;;) {
      const header = started ? 1 : 0;
      if (rest.length < header + 4) return messages;
      const length = rest.readInt32BE(header) + header;
      if (rest.length < length) return messages;
      messages.push({ type: started ? String.fromCharCode(rest[0] ?? 0) : '', bytes: rest.subarray(0, length) });
      started ||= rest.readInt32BE(4) !== SSL_REQUEST;
      rest = rest.subarray(length);
    }
  };
}
