import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const BIN = '/usr/lib/postgresql/15/bin';
const PROGRAMS = { patroni: '/usr/bin/patroni', etcd: '/usr/bin/etcd', 'postgresql-15': `${BIN}/postgres` };
const NAMES = ['node1', 'node2', 'node3'] as const;
export type NodeName = (typeof NAMES)[number];

/** Debian packages that this machine lacks; a cluster can be started where there are none. */
export function missingPackages(): string[] {
  const packages = { patroni: 'patroni', etcd: 'etcd-server', 'postgresql-15': 'postgresql-15' };
  return Object.entries(PROGRAMS).flatMap(([name, path]) =>
    existsSync(path) ? [] : [packages[name as keyof typeof packages]],
  );
}

interface Member {
  readonly name: NodeName;
  readonly port: number;
  readonly restPort: number;
  readonly dataFolder: string;
  process: ChildProcess;
}

/** Three PostgreSQL servers that Patroni manages with synchronous replication, and the etcd that Patroni needs. */
export interface Cluster extends AsyncDisposable {
  /** A URL with all hosts, of the superuser. */
  readonly url: string;
  /** The member that holds the leader lock. @throws Error where there is none within `timeoutMs` */
  leader(timeoutMs: number): Promise<NodeName>;
  /** Sends a signal to a member's Patroni and to all its server processes. */
  signal(name: NodeName, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Moves the leadership to another member in good order. */
  switchover(from: NodeName): Promise<void>;
  /** Starts a member that was killed. */
  restart(name: NodeName): void;
  /** Waits until that many standbys run, one of them synchronous. */
  settled(standbys: number, timeoutMs: number): Promise<void>;
  portOf(name: NodeName): number;
}

/** Starts the cluster in a temporary folder, which goes with it. @throws Error where no leader is elected in a minute */
export async function startCluster(): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'failover-'));
  const user = { uid: idOf('-u'), gid: idOf('-g') };
  chownSync(folder, user.uid, user.gid);
  const run = (name: string, command: string, args: readonly string[]) => {
    const log = openSync(join(folder, `${name}.log`), 'a');
    const child = spawn(command, args, {
      cwd: folder,
      ...user,
      stdio: ['ignore', log, log],
      env: { PATH: process.env.PATH, HOME: folder },
    });
    closeSync(log);
    return child;
  };
  const [clientPort, peerPort] = [await freePort(), await freePort()];
  const etcdUrl = `http://127.0.0.1:${clientPort}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  const etcd = run('etcd', PROGRAMS.etcd, [
    ...['--name', 'etcd', '--data-dir', join(folder, 'etcd'), '--unsafe-no-fsync'],
    ...['--listen-client-urls', etcdUrl, '--advertise-client-urls', etcdUrl],
    ...[
      '--listen-peer-urls',
      peerUrl,
      '--initial-advertise-peer-urls',
      peerUrl,
      '--initial-cluster',
      `etcd=${peerUrl}`,
    ],
  ]);
  const members: Member[] = [];
  const start = (name: NodeName) => run(name, PROGRAMS.patroni, [join(folder, `${name}.yml`)]);
  for (const name of NAMES) {
    const [port, restPort] = [await freePort(), await freePort()];
    const dataFolder = join(folder, `${name}-data`);
    mkdirSync(dataFolder, { mode: 0o700 });
    chownSync(dataFolder, user.uid, user.gid);
    writeFileSync(join(folder, `${name}.yml`), configOf({ name, port, restPort, clientPort, dataFolder, folder }));
    members.push({ name, port, restPort, dataFolder, process: start(name) });
  }
  const member = (name: NodeName) => {
    const found = members.find((each) => each.name === name);
    if (found === undefined) throw new Error(`there is no member ${name}`);
    return found;
  };
  const cluster: Cluster = {
    url: `postgres://postgres:secret@${members.map(({ port }) => `127.0.0.1:${port}`).join(',')}/postgres`,
    leader: async (timeoutMs) => {
      for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(100)) {
        for (const { name, restPort } of members) if (await isLeader(restPort)) return name;
      }
      throw new Error(`no leader within ${timeoutMs} ms; see the logs`);
    },
    signal: (name, signal) => {
      const { process: patroni, dataFolder } = member(name);
      for (const pid of [patroni.pid, ...serverProcesses(dataFolder)]) if (pid !== undefined) kill(pid, signal);
    },
    switchover: async (from) => {
      const response = await fetch(`http://127.0.0.1:${member(from).restPort}/switchover`, {
        method: 'POST',
        body: JSON.stringify({ leader: from }),
        signal: AbortSignal.timeout(30_000),
      });
      if (!response.ok) throw new Error(`the switchover was refused: ${await response.text()}`);
    },
    restart: (name) => {
      member(name).process = start(name);
    },
    settled: async (standbys, timeoutMs) => {
      for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(200)) {
        if ((await standbyCount(members)) >= standbys) return;
      }
      throw new Error(`fewer than ${standbys} standbys run after ${timeoutMs} ms`);
    },
    portOf: (name) => member(name).port,
    [Symbol.asyncDispose]: async () => {
      for (const { name, process: patroni, dataFolder } of members) {
        kill(patroni.pid ?? 0, 'SIGKILL');
        for (const pid of serverProcesses(dataFolder)) kill(pid, 'SIGKILL');
        if (process.env.KEEP_FAILOVER_LOGS !== undefined) process.stderr.write(`${join(folder, name)}.log\n`);
      }
      etcd.kill('SIGKILL');
      await sleep(500);
      if (process.env.KEEP_FAILOVER_LOGS === undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
  try {
    await cluster.leader(60_000);
    await cluster.settled(2, 60_000);
    return cluster;
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
}

interface MemberConfig {
  readonly name: string;
  readonly port: number;
  readonly restPort: number;
  readonly clientPort: number;
  readonly dataFolder: string;
  readonly folder: string;
}

/** The settings that docs/operations.md recommends, with shorter times. JSON is valid YAML. */
function configOf({ name, port, restPort, clientPort, dataFolder, folder }: MemberConfig): string {
  return JSON.stringify({
    scope: 'library',
    name,
    restapi: { listen: `127.0.0.1:${restPort}`, connect_address: `127.0.0.1:${restPort}` },
    etcd3: { hosts: `127.0.0.1:${clientPort}` },
    bootstrap: {
      dcs: {
        ...{ ttl: 10, loop_wait: 1, retry_timeout: 3, synchronous_mode: true, maximum_lag_on_failover: 1_048_576 },
        postgresql: {
          use_pg_rewind: true,
          parameters: { max_connections: 100, shared_buffers: '32MB', wal_log_hints: 'on' },
        },
      },
      initdb: [{ encoding: 'UTF8' }, 'data-checksums'],
      pg_hba: ['host all all 127.0.0.1/32 md5', 'host replication all 127.0.0.1/32 md5'],
    },
    postgresql: {
      ...{ listen: `127.0.0.1:${port}`, connect_address: `127.0.0.1:${port}`, data_dir: dataFolder, bin_dir: BIN },
      pgpass: join(folder, `${name}.pgpass`),
      authentication: {
        superuser: { username: 'postgres', password: 'secret' },
        replication: { username: 'replicator', password: 'secret' },
        rewind: { username: 'postgres', password: 'secret' },
      },
      parameters: { unix_socket_directories: '' },
    },
    watchdog: { mode: 'off' },
  });
}

async function isLeader(restPort: number): Promise<boolean> {
  return await answers(restPort, 'leader');
}

/** How many members are running standbys; none unless one of them is the synchronous standby. */
async function standbyCount(members: readonly Member[]): Promise<number> {
  const standbys = await Promise.all(members.map(({ restPort }) => answers(restPort, 'replica')));
  const synchronous = await Promise.all(members.map(({ restPort }) => answers(restPort, 'synchronous')));
  return synchronous.includes(true) ? standbys.filter(Boolean).length : 0;
}

/** Patroni answers 200 where the member has the role. */
async function answers(restPort: number, role: string): Promise<boolean> {
  const url = `http://127.0.0.1:${restPort}/${role}`;
  const response = await fetch(url, { signal: AbortSignal.timeout(500) }).catch(() => undefined);
  return response?.status === 200;
}

/** The postmaster of a data folder, and its children. */
function serverProcesses(dataFolder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === dataFolder;
      } catch {
        return false;
      }
    });
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    if (pid > 0) process.kill(pid, signal);
  } catch {
    // The process has ended.
  }
}

function idOf(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', timeout: 10_000 }));
}

async function freePort(): Promise<number> {
  return await new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
