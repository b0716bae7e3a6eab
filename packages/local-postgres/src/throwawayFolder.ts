import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findServer, shutDown } from './cluster.ts';
import { addDataDirectory, allowTraversal, createRandomFolder, temporaryFolders, writeJson } from './files.ts';
import { identify, isRunning, type ProcessIdentity } from './process.ts';
import type { SystemUser } from './systemUser.ts';
import { canEnter } from './usableBinaries.ts';

const PREFIX = 'local-postgres-';
const OWNER_FILE = 'owner.json';

/** The process that owns a throwaway folder. */
interface Owner {
  readonly owner: ProcessIdentity;
  /** The namespace of the process id: containers may share a temp folder, but not processes. */
  readonly namespace: string;
}

/** Creates a temp folder that the server's user can enter, with this process as owner and an empty data directory. */
export function createThrowawayFolder(user: SystemUser | undefined): string {
  const base = temporaryFolders().find((path) => canEnter(path, user)) ?? tmpdir();
  const folder = createRandomFolder(base, PREFIX);
  const owner = identify(process.pid);
  if (owner !== undefined)
    writeJson(join(folder, OWNER_FILE), { owner, namespace: processNamespace() } satisfies Owner);
  allowTraversal(folder, user);
  addDataDirectory(folder, user);
  return folder;
}

/**
 * Stops the servers and deletes the folders whose owner process was killed (`kill -9`). A folder without an owner file
 * of this user, or of another process namespace, is not touched.
 */
export async function reapOrphans(): Promise<void> {
  for (const base of temporaryFolders()) {
    for (const folder of throwawayFolders(base)) if (isOrphan(folder)) await reap(folder);
  }
}

function throwawayFolders(base: string): string[] {
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
    // The owner file is deleted last, so that the next start finds a folder that cannot be deleted now.
    rmSync(data, { recursive: true, force: true, maxRetries: 3 });
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // Another start may be deleting the folder now; this start continues in any case.
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
