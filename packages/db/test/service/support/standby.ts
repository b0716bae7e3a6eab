import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, chownSync, cpSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ThrowawayServer } from '@app/local-postgres';
import postgres, { type Sql } from 'postgres';

export interface Standby {
  readonly port: number;
  /** A connection of the superuser to the standby. */
  readonly sql: Sql;
  stop(): Promise<void>;
}

/** A hot standby of a throwaway server, made by a base backup and streaming replication. */
export async function startStandby(primary: ThrowawayServer): Promise<Standby> {
  const admin = postgres(primary.superuserUrl(), { max: 1, onnotice: () => undefined });
  const [config] = await admin`SELECT setting FROM pg_config() WHERE name = 'BINDIR'`;
  const [settings] =
    await admin`SELECT current_setting('data_directory') AS data, current_setting('max_connections') AS max`;
  const data = join(primary.folder, 'standby');
  await copyData(admin, settings?.data as string, data);
  await admin.end();

  const { hostname, username, password, port: primaryPort } = new URL(primary.superuserUrl());
  const port = await freePort();
  const conninfo = `host=${hostname} port=${primaryPort} user=${username} password=${password}`;
  appendFileSync(join(data, 'postgresql.auto.conf'), `primary_conninfo = '${conninfo}'\n`);
  writeFileSync(join(data, 'standby.signal'), '');
  const { uid, gid } = statSync(settings?.data as string);
  if (process.getuid?.() === 0) chownAll(data, uid, gid);

  const flags = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: settings?.max };
  const server = spawn(
    join(config?.setting as string, 'postgres'),
    ['-D', data, '-c', 'fsync=off', ...Object.entries(flags).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { cwd: '/', stdio: 'ignore', ...(process.getuid?.() === 0 ? { uid, gid } : {}) },
  );
  process.once('exit', () => server.kill('SIGKILL'));
  const sql = postgres(primary.superuserUrl().replace(/:\d+\//, `:${port}/`), { max: 1, onnotice: () => undefined });
  await answers(sql);
  return {
    port,
    sql,
    stop: async () => {
      await sql.end({ timeout: 1 });
      await ended(server);
    },
  };
}

/** A base backup by pg_backup_start and a copy of the files: the packaged server has no pg_basebackup. */
async function copyData(admin: Sql, from: string, to: string): Promise<void> {
  await admin`SELECT pg_backup_start('standby', true)`;
  cpSync(from, to, { recursive: true, filter: (path) => !/postmaster\.(?:pid|opts)$|pg_internal\.init/.test(path) });
  const [stopped] = await admin`SELECT labelfile FROM pg_backup_stop(false)`;
  writeFileSync(join(to, 'backup_label'), stopped?.labelfile as string);
  for (const file of readdirSync(join(to, 'pg_replslot'))) rmSync(join(to, 'pg_replslot', file), { recursive: true });
}

function chownAll(path: string, uid: number, gid: number): void {
  chownSync(path, uid, gid);
  if (!statSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) chownAll(join(path, name), uid, gid);
}

async function answers(sql: Sql): Promise<void> {
  for (const giveUp = performance.now() + 60_000; performance.now() < giveUp; ) {
    try {
      await sql`SELECT 1`;
      return;
    } catch {
      await sleep(100);
    }
  }
  throw new Error('the standby takes no connections');
}

async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const exit = new Promise((resolve) => server.once('exit', resolve));
  server.kill('SIGQUIT');
  await exit;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
