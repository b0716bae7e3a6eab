import { spawnSync } from 'node:child_process';
import { cpSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Binaries } from './binaries.ts';
import { LocalPostgresError } from './errors.ts';
import type { SystemUser } from './systemUser.ts';

/** Whether `user` may enter `directory` and everything above it, by the permission bits. */
export function canEnter(directory: string, user: SystemUser | undefined): boolean {
  if (user === undefined) return true;
  for (let path = directory; ; path = dirname(path)) {
    const { mode, uid, gid } = statSync(path);
    const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (path === dirname(path)) return true;
  }
}

/**
 * A folder of binaries that `user` can execute: where they are, else a copy in `directory` (which that user can enter).
 * The copy is private to one server and goes with it, so nobody else can have written to it.
 * @throws LocalPostgresError BINARIES_UNUSABLE
 */
export function reachableBinaries(binaries: Binaries, user: SystemUser | undefined, directory: string): string {
  if (runs(binaries.binDirectory, user)) return binaries.binDirectory;
  if (user !== undefined && binaries.relocatable) {
    const copy = join(directory, 'native');
    cpSync(binaries.root, copy, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
    if (runs(join(copy, 'bin'), user)) return join(copy, 'bin');
  }
  throw new LocalPostgresError(
    'BINARIES_UNUSABLE',
    `The PostgreSQL server in ${binaries.binDirectory} cannot be executed${user ? ` by user id ${user.uid}` : ''}.`,
  );
}

function runs(binDirectory: string, user: SystemUser | undefined): boolean {
  const { status } = spawnSync(join(binDirectory, 'postgres'), ['--version'], {
    cwd: '/',
    stdio: 'ignore',
    timeout: 10_000,
    ...user,
  });
  return status === 0;
}
