import { spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { isRunning } from '../../src/process.ts';
import { processNamespace, reapOrphans } from '../../src/throwawayFolder.ts';
import { identified, isRoot, openFolder, run, startedBy } from '../support/processes.ts';

let tmp: string;

beforeEach(() => {
  tmp = openFolder();
  vi.stubEnv('TMPDIR', tmp);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

test('the next start stops the server of a process that was killed by kill -9, and not that of a living process', async () => {
  const killed = run('starter', ['wait'], { tmp });
  const orphan = await startedBy(killed);
  killed.child.kill('SIGKILL');
  expect(await killed.exitStatus()).toBe('SIGKILL');
  expect(isRunning(orphan.server)).toBe(true);
  expect(existsSync(orphan.folder)).toBe(true);

  const living = await startedBy(run('starter', ['wait'], { tmp }));
  expect(isRunning(orphan.server)).toBe(false);
  expect(existsSync(orphan.folder)).toBe(false);

  await reapOrphans();
  const sql = postgres(living.url, { max: 1 });
  expect(await sql`SELECT 1 AS one`).toMatchObject([{ one: 1 }]);
  await sql.end();
});

/** A folder of a dead owner, whose pid file names a program that is not its server. */
function folderOfDeadOwner(change: { namespace?: string } = {}) {
  const sleeper = spawn('sleep', ['60'], { stdio: 'ignore' });
  onTestFinished(() => {
    sleeper.kill();
  });
  const otherProcess = identified(sleeper.pid ?? 0);
  const folder = join(tmp, 'local-postgres-dead');
  mkdirSync(join(folder, 'data'), { recursive: true });
  writeFileSync(join(folder, 'data', 'postmaster.pid'), `${otherProcess.pid}\n${folder}/data\n0\n5432\n\n\n\nready\n`);
  const owner = { pid: otherProcess.pid, startedAt: 'before the last boot' };
  writeFileSync(join(folder, 'owner.json'), JSON.stringify({ owner, namespace: processNamespace(), ...change }));
  return { folder, otherProcess };
}

test('a program that now has the process id of an orphan is not ended, and the folder is deleted', async () => {
  const { folder, otherProcess } = folderOfDeadOwner();
  await reapOrphans();
  expect(existsSync(folder)).toBe(false);
  expect(isRunning(otherProcess)).toBe(true);
});

test('a folder of another container is not touched', async () => {
  const { folder } = folderOfDeadOwner({ namespace: 'pid:[1]' });
  await reapOrphans();
  expect(existsSync(folder)).toBe(true);
});

test('a folder with the prefix and without an owner file is not touched', async () => {
  const folder = join(tmp, 'local-postgres-no-owner');
  mkdirSync(folder);
  await reapOrphans();
  expect(existsSync(folder)).toBe(true);
});

test.skipIf(!isRoot)(
  "another user's folder is not touched, whatever its owner file contains (needs root)",
  async () => {
    const { folder } = folderOfDeadOwner();
    chownSync(join(folder, 'owner.json'), 65_534, 65_534);
    await reapOrphans();
    expect(existsSync(folder)).toBe(true);
  },
);
