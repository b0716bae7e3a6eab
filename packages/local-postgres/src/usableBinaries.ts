import { spawnSync } from 'node:child_process';
import { cpSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ALTERNATIVE, type Binaries } from './binaries.ts';
import { LocalPostgresError } from './errors.ts';
import type { SystemUser } from './systemUser.ts';

const OLDEST_MAJOR = 15;

/** Binaries that ran successfully. */
export interface UsableBinaries {
  readonly binDirectory: string;
  readonly major: number;
}

/** Whether the permission bits let `user` enter `directory` and its parents; undefined: the user of this process. */
export function canEnter(directory: string, user: SystemUser | undefined): boolean {
  if (user === undefined) return true;
  for (let path = realpathSync(directory); ; path = dirname(path)) {
    const { mode, uid, gid } = statSync(path);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

/**
 * Binaries that `user` can execute: the given ones, or else a copy in `directory`, which that user can enter. The copy (about
 * 50 MB, under 0.2 s) belongs to one server and is deleted with its folder. Only its owner may write to it.
 * @throws LocalPostgresError BINARIES_UNUSABLE
 */
export function usableBinaries(binaries: Binaries, user: SystemUser | undefined, directory: string): UsableBinaries {
  const inPlace = probe(binaries.binDirectory, user);
  if (inPlace !== undefined) return inPlace;
  if (user !== undefined && binaries.relocatableRoot !== undefined) {
    const copy = join(directory, 'native');
    cpSync(binaries.relocatableRoot, copy, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith('.a'),
    });
    const copied = probe(join(copy, 'bin'), user);
    if (copied !== undefined) return copied;
  }
  const who = user === undefined ? '' : ` by user id ${user.uid}`;
  throw new LocalPostgresError(
    'BINARIES_UNUSABLE',
    `The PostgreSQL server in ${binaries.binDirectory} cannot be run${who} on this machine: ${ALTERNATIVE}.`,
  );
}

function probe(binDirectory: string, user: SystemUser | undefined): UsableBinaries | undefined {
  const options = { cwd: '/', encoding: 'utf8', timeout: 10_000, ...user } as const;
  const { status, stdout } = spawnSync(join(binDirectory, 'postgres'), ['--version'], options);
  if (status !== 0) return undefined;
  const major = Number(/\(PostgreSQL\) (\d+)/.exec(stdout)?.[1]);
  if (major >= OLDEST_MAJOR) return { binDirectory, major };
  throw new LocalPostgresError(
    'BINARIES_UNUSABLE',
    `${binDirectory} holds ${stdout.trim()}; the oldest that is supported is ${OLDEST_MAJOR}.`,
  );
}
