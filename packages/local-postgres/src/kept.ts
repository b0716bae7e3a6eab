import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findBinaries } from './binaries.ts';
import { findServer, HOST, readyServer, shutDown } from './cluster.ts';
import { ensureWritableFolder } from './files.ts';
import { assertMatch, createKept, type RunningKept, restartKept, settledServer, stopWithFolder } from './keptRun.ts';
import { readState } from './keptState.ts';
import { withLock } from './lock.ts';
import { START_TIMEOUT_MS, type StartOptions } from './options.ts';
import { connectServer, type PostgresServer } from './server.ts';

export interface KeptServer extends PostgresServer {
  readonly pid: number;
  /** True when the server was already running. */
  readonly attached: boolean;
  /** Stops the server and keeps its data. */
  stop(): Promise<void>;
}

export type KeptOptions = Omit<StartOptions, 'onLog'> & {
  /** The folder in which the folder `postgres` is created, such as `.local` of the repository. */
  readonly directory: string;
};

/** This repository's `.local`, which git ignores. */
export const DEFAULT_DIRECTORY: string = fileURLToPath(new URL('../../../.local', import.meta.url));

/** How long a process waits for a start by another process. */
const LOCK_TIMEOUT_MS = 2 * START_TIMEOUT_MS;

/**
 * Starts the server that is kept in `directory`, or attaches to it if it runs. The server keeps running after this process
 * ends. Data, port and password stay the same after a stop and a start.
 * @throws LocalPostgresError those of startThrowawayServer, LOCK_TIMEOUT, DATA_MISMATCH, STATE_UNUSABLE
 */
export async function startKeptServer(options: KeptOptions): Promise<KeptServer> {
  const binaries = options.machine?.binaries ?? findBinaries(options.major);
  const folder = folderIn(options.directory);
  ensureWritableFolder(folder);
  return withLock(join(folder, 'lock'), LOCK_TIMEOUT_MS, async () => {
    const state = readState(folder);
    const started = (run: RunningKept): KeptServer => {
      stopWithFolder(folder, run);
      return kept(options.directory, run, false);
    };
    if (!state?.complete) return started(await createKept(folder, binaries, options));
    assertMatch(folder, state, { bootstrap: options.bootstrap, major: binaries.major });
    const running = await settledServer(join(state.home, 'data'), options.startTimeoutMs);
    if (running !== undefined) return kept(options.directory, { state, running }, true);
    return started(await restartKept(folder, state, binaries, options));
  });
}

/** @returns the server kept in `directory` if it runs @throws LocalPostgresError STATE_UNUSABLE */
export function findKeptServer(directory: string): KeptServer | undefined {
  const state = readState(folderIn(directory));
  const running = state && readyServer(join(state.home, 'data'));
  return state && running && kept(directory, { state, running }, true);
}

/** @returns whether a server ran @throws LocalPostgresError STOP_TIMEOUT, LOCK_TIMEOUT, STATE_UNUSABLE */
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

function kept(directory: string, { state, running }: RunningKept, attached: boolean): KeptServer {
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
