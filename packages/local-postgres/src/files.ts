import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalPostgresError } from './errors.ts';
import type { SystemUser } from './systemUser.ts';

/** The folders for temporary data, the preferred one first. */
export function temporaryFolders(): string[] {
  const present = [tmpdir(), '/tmp', '/var/tmp'].filter((path) => existsSync(path));
  return [...new Set(present.map((path) => realpathSync(path)))];
}

/** Creates the folder and its parents where they are missing. @throws LocalPostgresError FOLDER_NOT_WRITABLE */
export function ensureWritableFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (cause) {
    throw notWritable(folder, cause);
  }
}

/** Creates a folder with a random name, only for this user. @throws LocalPostgresError FOLDER_NOT_WRITABLE */
export function createRandomFolder(base: string, prefix: string): string {
  try {
    return mkdtempSync(join(base, prefix));
  } catch (cause) {
    throw notWritable(base, cause);
  }
}

function notWritable(folder: string, cause: unknown): LocalPostgresError {
  const { code } = cause as NodeJS.ErrnoException;
  const message = `The embedded server needs a folder that this user can write, and ${folder} is none (${code}).`;
  return new LocalPostgresError('FOLDER_NOT_WRITABLE', message, { cause });
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
