import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';

const BINARY = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/opt/homebrew/bin/pgbouncer'].find(existsSync);
export const isInstalled = BINARY !== undefined;
/** Server connections for each user and database: fewer than the suites' callers. */
export const POOL_SIZE = 8;

export interface Pooler {
  readonly port: number;
  stop(): Promise<void>;
}

/** The URL of a database, through a pooler. */
export const throughPooler = (url: string, port: number): string => {
  const through = new URL(url);
  through.port = String(port);
  through.searchParams.set('pgbouncer', 'true');
  return through.href;
};

/**
 * PgBouncer in transaction mode, on a port of its own.
 *
 * @param port the server's
 * @param users who may log in, with their passwords
 */
export async function startPgBouncer(port: number, users: Readonly<Record<string, string>>): Promise<Pooler> {
  const folder = await mkdtemp(join(tmpdir(), 'pgbouncer-'));
  const listen = await freePort();
  const [config, list] = [join(folder, 'pgbouncer.ini'), join(folder, 'users.txt')];
  const settings = {
    ...{ listen_addr: '127.0.0.1', listen_port: listen, unix_socket_dir: '', pool_mode: 'transaction' },
    ...{ default_pool_size: POOL_SIZE, max_client_conn: 1_000, auth_type: 'plain', auth_file: list },
    ...{
      server_idle_timeout: 5,
      ignore_startup_parameters: 'extra_float_digits',
      log_connections: 0,
      log_disconnections: 0,
    },
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  await writeFile(config, `[databases]\n* = host=127.0.0.1 port=${port}\n[pgbouncer]\n${lines.join('\n')}\n`);
  await writeFile(
    list,
    Object.entries(users)
      .map(([name, password]) => `"${name}" "${password}"\n`)
      .join(''),
  );
  await chmod(folder, 0o755);
  // It refuses to run as root.
  const as = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn(BINARY ?? 'pgbouncer', ['-q', ...as, config], { stdio: 'ignore' });
  process.once('exit', () => child.kill('SIGKILL'));
  await answers(listen, Object.entries(users)[0] ?? ['', '']);
  return {
    port: listen,
    stop: async () => {
      await ended(child);
      await rm(folder, { recursive: true });
    },
  };
}

async function answers(port: number, [username, password]: [string, string]): Promise<void> {
  const sql = postgres({ host: '127.0.0.1', port, username, password, database: 'postgres', max: 1, prepare: false });
  for (const giveUp = performance.now() + 30_000; performance.now() < giveUp; await sleep(50)) {
    const answered = await sql`SELECT 1`.then(
      () => true,
      () => false,
    );
    if (answered) return sql.end({ timeout: 1 });
  }
  throw new Error('PgBouncer takes no connections');
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
