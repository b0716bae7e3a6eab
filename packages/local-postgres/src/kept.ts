import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Binaries, findBinaries } from './binaries.ts';
import { type Cluster, findServer, HOST, launch, type RunningServer, readyServer, shutDown } from './cluster.ts';
import { create, startLog } from './creation.ts';
import { LocalPostgresError } from './errors.ts';
import { addDataDirectory, letIn, temporaryFolders } from './files.ts';
import { type KeptState, readState, writeState } from './keptState.ts';
import { withLock } from './lock.ts';
import { waitUntil } from './process.ts';
import { canEnter, usableBinaries } from './reach.ts';
import { connectServer, type PostgresServer } from './server.ts';
import { type SystemUser, serverUser } from './systemUser.ts';
import { START_TIMEOUT_MS, type StartOptions } from './throwaway.ts';

export interface KeptServer extends PostgresServer {
  readonly pid: number;
  /** Whether it ran already. */
  readonly attached: boolean;
  /** Ends it; its data stays. */
  stop(): Promise<void>;
}

export interface KeptOptions extends Omit<StartOptions, 'onLog'> {
  /** Where it is kept, such as `.local` in the repository; a folder `postgres` is made in it. */
  readonly directory: string;
}

/** This repository's `.local`, which git ignores. */
export const DEFAULT_DIRECTORY: string = fileURLToPath(new URL('../../../.local', import.meta.url));

/** How long one process waits for another one's start. */
const LOCK_TIMEOUT_MS = 2 * START_TIMEOUT_MS;

/**
 * Starts the server that is kept in `directory`, or attaches to it if it runs. It outlives this process, and its data
 * outlives it; port and password stay the same.
 * @throws LocalPostgresError those of startThrowawayServer, LOCK_TIMEOUT, DATA_MISMATCH, STATE_UNUSABLE
 */
export async function startKeptServer(options: KeptOptions): Promise<KeptServer> {
  const binaries = options.machine?.binaries ?? findBinaries(options.major);
  const folder = folderIn(options.directory);
  mkdirSync(folder, { recursive: true });
  return withLock(join(folder, 'lock'), LOCK_TIMEOUT_MS, async () => {
    const state = readState(folder);
    if (!state?.complete) return kept(options.directory, await createKept(folder, binaries, options), false);
    assertMatch(folder, state, { bootstrap: options.bootstrap, major: binaries.major });
    const running = await settledServer(join(state.home, 'data'), options.startTimeoutMs);
    if (running !== undefined) return kept(options.directory, { state, running }, true);
    return kept(options.directory, await restartKept(folder, state, binaries, options), false);
  });
}

/** @returns the server kept in `directory` if it runs @throws LocalPostgresError STATE_UNUSABLE */
export function findKeptServer(directory: string): KeptServer | undefined {
  const state = readState(folderIn(directory));
  const running = state && readyServer(join(state.home, 'data'));
  return state && running && kept(directory, { state, running }, true);
}

/** @returns whether one ran @throws LocalPostgresError STOP_TIMEOUT, LOCK_TIMEOUT, STATE_UNUSABLE */
export async function stopKeptServer(directory: string): Promise<boolean> {
  const folder = folderIn(directory);
  if (!existsSync(folder)) return false;
  return withLock(join(folder, 'lock'), LOCK_TIMEOUT_MS, async () => {
    const state = readState(folder);
    const server = state && findServer(join(state.home, 'data'));
    if (server === undefined) return false;
    await shutDown(server, 'fast');
    return true;
  });
}

interface Running {
  readonly state: KeptState;
  readonly running: RunningServer;
}

/** The server that runs on the data; one that another process left starting or stopping is waited for. */
async function settledServer(data: string, timeoutMs = START_TIMEOUT_MS): Promise<RunningServer | undefined> {
  await waitUntil(() => findServer(data) === undefined || readyServer(data) !== undefined, timeoutMs);
  return readyServer(data);
}

async function createKept(folder: string, binaries: Binaries, options: KeptOptions): Promise<Running> {
  const user = serverUser(options.machine?.lookUpUser);
  await discardIncomplete(folder);
  const home = makeHome(folder, user);
  const { bootstrap = 'plain', startTimeoutMs: timeoutMs = START_TIMEOUT_MS } = options;
  const password = randomBytes(24).toString('hex');
  const draft: KeptState = { home, major: 0, bootstrap, password, port: 0, complete: false };
  // From here on whatever is left behind is found again.
  writeState(folder, draft);
  const usable = usableBinaries(binaries, user, home);
  addDataDirectory(home, user);
  const cluster = clusterOf(draft, usable, user, options);
  startLog(cluster.logFile);
  const running = await create(cluster, { password, timeoutMs, durable: true });
  const state = { ...draft, major: usable.major, port: running.port, complete: true };
  writeState(folder, state);
  return { state, running };
}

async function restartKept(
  folder: string,
  state: KeptState,
  binaries: Binaries,
  options: KeptOptions,
): Promise<Running> {
  const user = serverUser(options.machine?.lookUpUser);
  rmSync(join(state.home, 'native'), { recursive: true, force: true });
  const usable = usableBinaries(binaries, user, state.home);
  assertMatch(folder, state, { bootstrap: options.bootstrap, major: usable.major });
  const cluster = clusterOf(state, usable, user, options);
  startLog(cluster.logFile);
  const timeoutMs = options.startTimeoutMs ?? START_TIMEOUT_MS;
  const running = await launch(cluster, { timeoutMs, port: state.port });
  const now = { ...state, port: running.port };
  writeState(folder, now);
  return { state: now, running };
}

/** A start that was broken off left nothing that anybody has used. */
async function discardIncomplete(folder: string): Promise<void> {
  const state = readState(folder);
  if (state === undefined) return;
  const data = join(state.home, 'data');
  const server = findServer(data);
  if (server !== undefined) await shutDown(server, 'immediate');
  rmSync(state.home === folder ? data : state.home, { recursive: true, force: true, maxRetries: 5 });
}

/** The kept folder itself, else one that the server's user can enter. */
function makeHome(folder: string, user: SystemUser | undefined): string {
  letIn(folder, user);
  if (canEnter(folder, user)) return folder;
  // Not lost at the next boot, if there is such a place.
  const base = temporaryFolders().findLast((path) => canEnter(path, user)) ?? '/var/tmp';
  const home = mkdtempSync(join(base, 'kept-postgres-'));
  letIn(home, user);
  return home;
}

function clusterOf(
  state: KeptState,
  usable: { binDirectory: string; major: number },
  user: SystemUser | undefined,
  options: KeptOptions,
): Cluster {
  const { home, bootstrap } = state;
  const settings = options.settings ?? {};
  return { ...usable, bootstrap, user, settings, dataDirectory: join(home, 'data'), logFile: join(home, 'server.log') };
}

function assertMatch(
  folder: string,
  state: KeptState,
  wanted: { bootstrap: string | undefined; major: number | undefined },
): void {
  const { bootstrap = state.bootstrap, major = state.major } = wanted;
  if (bootstrap === state.bootstrap && major === state.major) return;
  throw new LocalPostgresError(
    'DATA_MISMATCH',
    `The data in ${folder} was made by PostgreSQL ${state.major} with the bootstrap ${state.bootstrap}, but PostgreSQL ${major} with ${bootstrap} is asked for. Ask for the former (POSTGRES_MAJOR=${state.major}), or stop the server and remove that folder and all its data.`,
  );
}

function kept(directory: string, { state, running }: Running, attached: boolean): KeptServer {
  const { major, bootstrap, password } = state;
  return {
    ...connectServer({ host: HOST, port: running.port, major, bootstrap, password }),
    pid: running.pid,
    attached,
    stop: async () => {
      await stopKeptServer(directory);
    },
  };
}

function folderIn(directory: string): string {
  return join(resolve(directory), 'postgres');
}
