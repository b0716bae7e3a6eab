import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

/** PgBouncer's path, or null where it is not installed. */
export function findPgBouncer(): string | null {
  const found = ['pgbouncer', '/usr/sbin/pgbouncer'].find((path) => spawnSync(path, ['--version']).status === 0);
  return found ?? null;
}

/** Starts PgBouncer in front of the database of `url` for one test. Returns the URL through it. */
export async function startPgBouncer(
  binary: string,
  url: string,
  { mode, poolSize }: { mode: 'session' | 'transaction'; poolSize: number },
): Promise<string> {
  const { hostname, port, username, password, pathname } = new URL(url);
  const folder = mkdtempSync(join(tmpdir(), 'pgbouncer-'));
  const ownPort = await freePort();
  const config = join(folder, 'pgbouncer.ini');
  writeFileSync(
    config,
    `[databases]
* = host=${hostname} port=${port} user=${decodeURIComponent(username)} password=${decodeURIComponent(password)}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${ownPort}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
default_pool_size = ${poolSize}
`,
    { mode: 0o644 },
  );
  const child = spawn('sh', ['-c', `chmod 755 ${folder}; exec ${asUnprivileged(binary)} ${config}`], {
    stdio: 'ignore',
  });
  onTestFinished(async () => {
    await end(child);
    rmSync(folder, { recursive: true });
  });
  await untilListening(ownPort);
  return `postgres://${username}:any@127.0.0.1:${ownPort}${pathname}`;
}

/** PgBouncer refuses to run as root. */
function asUnprivileged(binary: string): string {
  return process.getuid?.() === 0 ? `setpriv --reuid=65534 --regid=65534 --clear-groups ${binary}` : binary;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

async function untilListening(port: number): Promise<void> {
  for (const giveUp = performance.now() + 30_000; performance.now() < giveUp; ) {
    const socket = connect(port, '127.0.0.1');
    const open = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false);
    socket.destroy();
    if (open) return;
    await sleep(50);
  }
  throw new Error('PgBouncer did not come up');
}
