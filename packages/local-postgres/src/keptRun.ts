import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { type Cluster, findServer, launch, type RunningServer, readyServer, shutDown } from './cluster.ts';
import { createCluster, createLog } from './createCluster.ts';
import { LocalPostgresError } from './errors.ts';
import { addDataDirectory, allowTraversal, createRandomFolder, temporaryFolders } from './files.ts';
import { type KeptState, readState, stateFile, writeState } from './keptState.ts';
import { START_TIMEOUT_MS, type StartOptions } from './options.ts';
import { waitUntil } from './process.ts';
import { type SystemUser, serverUser } from './systemUser.ts';
import { canEnter, type UsableBinaries, usableBinaries } from './usableBinaries.ts';

export interface RunningKept {
  readonly state: KeptState;
  readonly running: RunningServer;
}

/** The server that runs on the data. Waits for a server that another process is starting or stopping. */
export async function settledServer(data: string, timeoutMs = START_TIMEOUT_MS): Promise<RunningServer | undefined> {
  await waitUntil(() => findServer(data) === undefined || readyServer(data) !== undefined, timeoutMs);
  return readyServer(data);
}

/** The first start: creates data, bootstrap and state file. Removes the remains of an incomplete start. */
export async function createKept(folder: string, binaries: Binaries, options: StartOptions): Promise<RunningKept> {
  const user = serverUser(options.machine?.lookUpUser);
  await discardIncomplete(folder);
  const home = makeHome(folder, user);
  const { bootstrap = 'plain', startTimeoutMs: timeoutMs = START_TIMEOUT_MS } = options;
  const password = randomBytes(24).toString('hex');
  const draft: KeptState = { home, major: 0, bootstrap, password, port: 0, complete: false };
  // From here on, a later start finds what this start leaves behind.
  writeState(folder, draft);
  const usable = usableBinaries(binaries, user, home);
  addDataDirectory(home, user);
  const cluster = clusterOf(draft, usable, user, options);
  createLog(cluster.logFile);
  const running = await createCluster(cluster, { password, timeoutMs, durable: true });
  const state = { ...draft, major: usable.major, port: running.port, complete: true };
  writeState(folder, state);
  return { state, running };
}

export async function restartKept(
  folder: string,
  state: KeptState,
  binaries: Binaries,
  options: StartOptions,
): Promise<RunningKept> {
  const user = serverUser(options.machine?.lookUpUser);
  rmSync(join(state.home, 'native'), { recursive: true, force: true });
  const usable = usableBinaries(binaries, user, state.home);
  assertMatch(folder, state, { bootstrap: options.bootstrap, major: usable.major });
  const cluster = clusterOf(state, usable, user, options);
  createLog(cluster.logFile);
  const timeoutMs = options.startTimeoutMs ?? START_TIMEOUT_MS;
  const running = await launch(cluster, { timeoutMs, port: state.port });
  const now = { ...state, port: running.port };
  writeState(folder, now);
  return { state: now, running };
}

const WATCH = 'while [ -e "$1" ] && kill -0 "$2"; do sleep 1; done; [ -e "$1" ] || kill -INT "$2"';

/**
 * Leaves a process behind that stops the server when `folder` is removed or moved; the data stays for a folder that moved.
 * A server whose data is in the folder needs none: PostgreSQL stops within a minute after its pid file is gone.
 */
export function stopWithFolder(folder: string, { state, running }: RunningKept): void {
  if (state.home === folder) return;
  const args = ['-c', WATCH, 'sh', stateFile(folder), String(running.pid)];
  spawn('/bin/sh', args, { cwd: '/', detached: true, stdio: 'ignore' }).unref();
}

/** Removes the remains of an incomplete start. No client can have used them. */
async function discardIncomplete(folder: string): Promise<void> {
  const state = readState(folder);
  if (state === undefined) return;
  const data = join(state.home, 'data');
  const server = findServer(data);
  if (server !== undefined) await shutDown(server, 'immediate');
  rmSync(state.home === folder ? data : state.home, { recursive: true, force: true, maxRetries: 5 });
}

/** The kept folder; if the server's user cannot enter it, another folder. */
function makeHome(folder: string, user: SystemUser | undefined): string {
  allowTraversal(folder, user);
  if (canEnter(folder, user)) return folder;
  // Prefer a folder that is not cleared at the next boot.
  const base = temporaryFolders().findLast((path) => canEnter(path, user)) ?? '/var/tmp';
  const home = createRandomFolder(base, 'kept-postgres-');
  allowTraversal(home, user);
  return home;
}

function clusterOf(
  state: KeptState,
  usable: UsableBinaries,
  user: SystemUser | undefined,
  options: StartOptions,
): Cluster {
  const { home, bootstrap } = state;
  const settings = options.settings ?? {};
  return { ...usable, bootstrap, user, settings, dataDirectory: join(home, 'data'), logFile: join(home, 'server.log') };
}

/** An undefined option matches. @throws LocalPostgresError DATA_MISMATCH */
export function assertMatch(
  folder: string,
  state: KeptState,
  wanted: { bootstrap: string | undefined; major: number | undefined },
): void {
  const { bootstrap = state.bootstrap, major = state.major } = wanted;
  if (bootstrap === state.bootstrap && major === state.major) return;
  throw new LocalPostgresError(
    'DATA_MISMATCH',
    `The data in ${folder} was created by PostgreSQL ${state.major} with the bootstrap ${state.bootstrap}, but PostgreSQL ${major} with ${bootstrap} was requested. Request the former (POSTGRES_MAJOR=${state.major}), or stop the server and remove that folder and all its data.`,
  );
}
