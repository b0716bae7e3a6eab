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
    // A zombie does nothing any more: it waits for its parent to take notice.
    if (command === undefined || state?.startsWith('Z')) return [];
    return [{ pid: Number(pid), parent: Number(parent), command }];
  });
}

/** The process, and all that it and those that it started have started. */
function familyOf(root: number): Running[] {
  const all = processes();
  const family = all.filter(({ pid }) => pid === root);
  for (const { pid } of family) family.push(...all.filter(({ parent }) => parent === pid));
  return family;
}

const A_SERVER = { when: 'a server runs', moment: /postgres: / };
const A_RUNNER = { when: 'a runner works in a process of its own', moment: /migratorProcess/ };
// Ctrl-C in a terminal reaches the whole process group, and SIGTERM the one process.
const CTRL_C = { how: 'Ctrl-C', signal: 'SIGINT', reach: -1 } as const;
const SIGTERM = { how: 'SIGTERM', signal: 'SIGTERM', reach: 1 } as const;

test.each([
  { ...CTRL_C, ...A_SERVER },
  { ...SIGTERM, ...A_SERVER },
  { ...CTRL_C, ...A_RUNNER },
  { ...SIGTERM, ...A_RUNNER },
])('$how leaves no server, no runner and no folder when $when', async ({ signal, reach, moment }) => {
  // Servers run as another user where the tests are root's.
  const folder = await mkdtemp(join(tmpdir(), 'verify-ended-'));
  await chmod(folder, 0o777);
  // The script that users run: a wrapper of its own could end before what it wraps has cleaned up.
  const child = spawn(process.env.npm_execpath ?? 'pnpm', ['verify', '--only', 'migrations'], {
    ...{ cwd: ROOT, env: { ...process.env, TMPDIR: folder }, detached: true, stdio: 'ignore' },
  });
  const { pid = 0 } = child;
  let family: Running[] = [];
  onTestFinished(async () => {
    for (const { pid: one, command } of processes())
      if (family.some((it) => it.pid === one && it.command === command)) process.kill(one, 'SIGKILL');
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  });
  const ended = once(child, 'exit');
  await expect
    .poll(
      () => {
        family = familyOf(pid);
        return family.map(({ command }) => command).join('\n');
      },
      { timeout: 60_000, interval: 20 },
    )
    .toMatch(moment);
  expect(family.some(({ command }) => command.includes(` -D ${folder}`))).toBe(true);

  process.kill(reach * pid, signal);
  const [exitCode] = await ended;
  expect(exitCode).not.toBe(0);
  const left = () =>
    processes()
      .filter(({ pid: one, command }) => family.some((it) => it.pid === one) || command.includes(folder))
      .map(({ command }) => command);
  await expect.poll(left).toEqual([]);
  const folders = async () => (await readdir(folder)).filter((name) => name.startsWith('local-postgres-'));
  await expect.poll(folders).toEqual([]);
});
