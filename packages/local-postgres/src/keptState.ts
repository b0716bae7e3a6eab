import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalPostgresError } from './errors.ts';
import { writeJson } from './files.ts';
import type { Bootstrap } from './server.ts';

/** The state file of a kept server. It contains the password. */
export interface KeptState {
  /** The folder of data and log: beside this file, unless the server's user cannot enter that folder. */
  readonly home: string;
  readonly major: number;
  readonly bootstrap: Bootstrap;
  readonly password: string;
  /** The next start uses it again if it is free. */
  readonly port: number;
  /** False until the bootstrap is complete: until then the data may be deleted. */
  readonly complete: boolean;
}

export function stateFile(folder: string): string {
  return join(folder, 'state.json');
}

/**
 * @returns undefined when there is no kept server yet
 * @throws LocalPostgresError STATE_UNUSABLE when the data cannot be located
 */
export function readState(folder: string): KeptState | undefined {
  const file = stateFile(folder);
  if (!existsSync(file)) {
    if (existsSync(join(folder, 'data'))) throw unusable(folder, `${file} is missing`);
    return undefined;
  }
  let state: KeptState;
  try {
    state = JSON.parse(readFileSync(file, 'utf8')) as KeptState;
  } catch (cause) {
    throw unusable(folder, `${file} cannot be read by this user, or is damaged`, cause);
  }
  if (state.complete && !existsSync(state.home)) throw unusable(folder, `its data, ${state.home}, does not exist`);
  return state;
}

export function writeState(folder: string, state: KeptState): void {
  writeJson(stateFile(folder), state);
}

function unusable(folder: string, why: string, cause?: unknown): LocalPostgresError {
  const message = `The kept PostgreSQL server in ${folder} cannot be used: ${why}. Remove that folder to start with an empty database.`;
  return new LocalPostgresError('STATE_UNUSABLE', message, { cause });
}
