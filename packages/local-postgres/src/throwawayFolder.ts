import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findServer, shutDown } from './cluster.ts';
import { addDataDirectory, letIn, temporaryFolders, writeJson } from './files.ts';
import { identify, isRunning, type ProcessIdentity } from './process.ts';
import { canEnter } from './reach.ts';
import type { SystemUser } from './systemUser.ts';

const PREFIX = 'local-postgres-';
const OWNER_FILE = 'owner.json';

/** Which process a throwaway folder belongs to. */
interface Owner {
  readonly owner: ProcessIdentity;
  /** Where that process id means something: containers may share a temp folder, but not processes. */
  readonly namespace: string;
}

/** A temp folder that the server's user can enter, marked as this process's, with an empty data directory. */
export function makeThrowawayFolder(user: SystemUser | undefined): string {
  const base = temporaryFolders().find((path) => canEnter(path, user)) ?? tmpdir();
  const folder = mkdtempSync(join(base, PREFIX));
  const owner = identify(process.pid);
  if (owner !== undefined)
    writeJson(join(folder, OWNER_FILE), { owner, namespace: processNamespace() } satisfies Owner);
  letIn(folder, user);
  addDataDirectory(folder, user);
  return folder;
}

/**
 * Ends the servers, and removes the folders, whose owner is gone without having done so (`kill -9`).
 * What does not bear this user's own owner file, or cannot be judged from here, is left alone.
 */
export async function reapOrphans(): Promise<void> {
  for (const base of temporaryFolders()) {
    for (const folder of foldersOfOurName(base)) if (isOrphan(folder)) await reap(folder);
  }
}

function foldersOfOurName(base: string): string[] {
  try {
    return readdirSync(base)
      .filter((name) => name.startsWith(PREFIX))
      .map((name) => join(base, name));
  } catch {
    return [];
  }
}

async function reap(folder: string): Promise<void> {
  const data = join(folder, 'data');
  try {
    const server = findServer(data);
    if (server !== undefined) await shutDown(server, 'immediate');
    // The owner file goes last: what cannot be removed now is found again by the next start.
    rmSync(data, { recursive: true, force: true, maxRetries: 3 });
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // Another start may be reaping it at this moment; ours goes on either way.
  }
}

function isOrphan(folder: string): boolean {
  try {
    const ownerFile = join(folder, OWNER_FILE);
    const [directory, file] = [lstatSync(folder), lstatSync(ownerFile)];
    const self = process.geteuid?.();
    if (!directory.isDirectory() || directory.uid !== self || !file.isFile() || file.uid !== self) return false;
    const { owner, namespace } = JSON.parse(readFileSync(ownerFile, 'utf8')) as Owner;
    return namespace === processNamespace() && !isRunning(owner);
  } catch {
    return false;
  }
}

export function processNamespace(): string {
  return process.platform === 'linux' ? readlinkSync('/proc/self/ns/pid') : 'one';
}
