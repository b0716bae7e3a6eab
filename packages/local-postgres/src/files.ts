import { chmodSync, chownSync, existsSync, mkdirSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SystemUser } from './systemUser.ts';

/** The folders for temporary data, the preferred one first. */
export function temporaryFolders(): string[] {
  const present = [tmpdir(), '/tmp', '/var/tmp'].filter((path) => existsSync(path));
  return [...new Set(present.map((path) => realpathSync(path)))];
}

/** Lets the server's user enter `folder`, but not list it. */
export function allowTraversal(folder: string, user: SystemUser | undefined): void {
  if (user !== undefined) chmodSync(folder, 0o711);
}

/** Creates an empty data directory that the server's user owns. */
export function addDataDirectory(folder: string, user: SystemUser | undefined): void {
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  if (user !== undefined) chownSync(data, user.uid, user.gid);
}

/** Replaces the file atomically. Only this user can read it. */
export function writeJson(path: string, value: unknown): void {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, path);
}
