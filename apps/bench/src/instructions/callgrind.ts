import { spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdtempSync, readlinkSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ThrowawayServer } from '@app/local-postgres';

const TIMEOUT_MS = 300_000;

/** Whether valgrind is installed, on a system with /proc/<pid>/exe. */
export function hasValgrind(): boolean {
  return process.platform === 'linux' && spawnSync('valgrind', ['--version'], { timeout: 10_000 }).status === 0;
}

/** A copy of a server's data for PostgreSQL's single-user mode. Disposing of it deletes the copy. */
export interface DataCopy extends Disposable {
  /** Runs each statement in its own transaction, and counts the instructions of the whole process. */
  count(database: string, statements: readonly string[]): Promise<number>;
}

/** Copies the data of an idle server after a checkpoint. */
export function copyData(server: ThrowawayServer): DataCopy {
  const program = readlinkSync(`/proc/${server.pid}/exe`);
  const original = join(server.folder, 'data');
  const { uid, gid } = statSync(original);
  const folder = mkdtempSync(join(tmpdir(), 'bench-callgrind-'));
  chownSync(folder, uid, gid);
  const user = process.geteuid?.() === 0 ? { uid, gid } : {};
  return {
    count: async (database, statements) => {
      const data = join(folder, 'data');
      rmSync(data, { recursive: true, force: true });
      // Run as the server's user: root would own a copy that root makes.
      const copied = spawnSync('cp', ['-R', original, data], { ...user, timeout: TIMEOUT_MS });
      if (copied.status !== 0) throw new Error(`the data could not be copied: ${copied.stderr}`);
      rmSync(join(data, 'postmaster.pid'), { force: true });
      const settings = ['-c', 'fsync=off', '-c', 'autovacuum=off', '-c', 'jit=off'];
      return await collect(
        ['--tool=callgrind', `--callgrind-out-file=${join(folder, 'callgrind.out')}`, program],
        ['--single', '-D', data, ...settings, database],
        { input: `${statements.map((statement) => statement.replaceAll(/\s+/g, ' ')).join('\n')}\n`, user },
      );
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

interface Given {
  /** In single-user mode, each line is one statement. */
  readonly input: string;
  readonly user: { readonly uid?: number; readonly gid?: number };
}

/** @throws Error if a statement fails, or if valgrind prints no figure */
function collect(tool: readonly string[], server: readonly string[], { input, user }: Given): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn('valgrind', [...tool, ...server], {
      ...{ cwd: '/', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }, timeout: TIMEOUT_MS, ...user },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    child.once('error', reject);
    child.once('close', () => {
      const failure = /^.*(?:ERROR|FATAL|PANIC): .*$/m.exec(said)?.[0];
      const figure = /Collected\s*:\s*(?<count>\d+)/.exec(said)?.groups?.count;
      if (failure !== undefined) reject(new Error(`single-user PostgreSQL: ${failure}`));
      else if (figure === undefined) reject(new Error(`valgrind counted nothing: ${said.slice(-500)}`));
      else resolve(Number(figure));
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}
