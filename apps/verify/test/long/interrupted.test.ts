import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

interface Running {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

function processes(): Running[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, pid, parent, state, command] = /^ *(\d+) +(\d+) +(\S+) +(.*)$/.exec(line) ?? [];
    // A zombie has ended; only its parent has not read the exit code.
    if (command === undefined || state?.startsWith('Z')) return [];
    return [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

/** The process and all its descendants. */
function descendantsOf(root: number): Running[] {
  const all = processes();
  const descendants = all.filter(({ pid }) => pid === root);
  for (const { pid } of descendants) descendants.push(...all.filter(({ parent }) => parent === pid));
  return descendants;
}

const SERVER = { when: 'a server runs', moment: /postgres: / };
const RUNNER = { when: 'a migrator runs in a child process', moment: /migratorProcess/ };
// Ctrl-C in a terminal signals the whole process group; SIGTERM signals one process.
const CTRL_C = { how: 'Ctrl-C', signal: 'SIGINT', reach: -1 } as const;
const SIGTERM = { how: 'SIGTERM', signal: 'SIGTERM', reach: 1 } as const;

test.each([
  { ...CTRL_C, ...SERVER },
  { ...SIGTERM, ...SERVER },
  { ...CTRL_C, ...RUNNER },
  { ...SIGTERM, ...RUNNER },
])('$how ends every process and deletes every folder when $when', async ({ signal, reach, moment }) => {
  // Where the tests run as root, servers run as another user.
  const folder = await mkdtemp(join(tmpdir(), 'verify-ended-'));
  await chmod(folder, 0o777);
  // The script that users run. A wrapper process could end before its child has cleaned up.
  const child = spawn(process.env.npm_execpath ?? 'pnpm', ['verify', '--only', 'migrations'], {
    ...{ cwd: ROOT, env: { ...process.env, TMPDIR: folder }, detached: true, stdio: 'ignore' },
  });
  const { pid = 0 } = child;
  let descendants: Running[] = [];
  onTestFinished(async () => {
    for (const { pid: one, command } of processes())
      if (descendants.some((it) => it.pid === one && it.command === command)) process.kill(one, 'SIGKILL');
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  const ended = once(child, 'exit');
  await expect
    .poll(
      () => {
        descendants = descendantsOf(pid);
        return descendants.map(({ command }) => command).join('\n');
      },
      { timeout: 60_000, interval: 20 },
    )
    .toMatch(moment);
  expect(descendants.some(({ command }) => command.includes(` -D ${folder}`))).toBe(true);

  process.kill(reach * pid, signal);
  const [exitCode] = await ended;
  expect(exitCode).not.toBe(0);
  const left = () =>
    processes()
      .filter(({ pid: one, command }) => descendants.some((it) => it.pid === one) || command.includes(folder))
      .map(({ command }) => command);
  await expect.poll(left).toEqual([]);
  const folders = async () => (await readdir(folder)).filter((name) => name.startsWith('local-postgres-'));
  await expect.poll(folders).toEqual([]);
});
