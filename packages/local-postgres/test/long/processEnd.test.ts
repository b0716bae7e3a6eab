import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isRunning, waitUntil } from '../../src/process.ts';
import { openFolder, run, startedBy } from '../support/processes.ts';

describe('a server and its folder are removed at the end of its process', () => {
  test.each([
    { how: 'end', status: 0, says: 'when it has nothing left to do' },
    { how: 'exit', status: 7, says: 'by process.exit' },
    { how: 'throw', status: 1, says: 'by an uncaught exception' },
  ])('which ends $says; nothing is printed and the exit code is kept', async ({ how, status }) => {
    const program = run('starter', [how], { tmp: openFolder() });
    const { server, folder } = await startedBy(program);
    expect(await program.exitStatus()).toBe(status);
    await expect(program.next()).rejects.toThrow(how === 'throw' ? /uncaught on purpose/ : /printed no more: $/);
    expect(isRunning(server)).toBe(false);
    expect(existsSync(folder)).toBe(false);
  });

  test.each(['SIGINT', 'SIGTERM'] as const)('which ends by %s', async (signal) => {
    const program = run('starter', ['wait'], { tmp: openFolder() });
    const { server, folder } = await startedBy(program);
    expect(isRunning(server)).toBe(true);
    expect(existsSync(folder)).toBe(true);
    program.child.kill(signal);
    expect(await program.exitStatus()).toBe(signal);
    expect(isRunning(server)).toBe(false);
    expect(existsSync(folder)).toBe(false);
  });

  test.each([
    { moment: 'its folder has been created', file: '.' },
    { moment: 'initdb is running', file: 'data/PG_VERSION' },
  ])('which ends by Ctrl-C when $moment', async ({ file }) => {
    const tmp = openFolder();
    const folders = () => readdirSync(tmp).filter((name) => name.startsWith('local-postgres-'));
    const program = run('starter', ['wait'], { tmp });
    expect(await waitUntil(() => folders().some((name) => existsSync(join(tmp, name, file))), 30_000, 1)).toBe(true);
    program.child.kill('SIGINT');
    expect(await program.exitStatus()).toBe('SIGINT');
    expect(folders()).toEqual([]);
    // A killed process may take a moment to end.
    const processes = () => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
    await expect.poll(processes).not.toContain(tmp);
  });
});

describe('the cleanups of a process run in reverse order, also after one that fails', () => {
  test.each([
    { how: 'wait', signal: 'SIGINT', exitStatus: 'SIGINT', says: 'on Ctrl-C' },
    { how: 'wait', signal: 'SIGHUP', exitStatus: 'SIGHUP', says: 'on SIGHUP, when the terminal is closed' },
    { how: 'exit', signal: undefined, exitStatus: 7, says: 'on process.exit' },
    {
      how: 'other-listener',
      signal: 'SIGINT',
      exitStatus: 41,
      says: 'with another listener, which ends the process itself',
    },
    {
      how: 'lone-listener',
      signal: 'SIGINT',
      exitStatus: 'SIGINT',
      says: 'with another listener, which raises the signal again only if it is alone',
    },
  ] as const)('$says', async ({ how, signal, exitStatus }) => {
    const program = run('cleanups', [how]);
    expect(await program.next()).toBe('ready');
    if (signal !== undefined) program.child.kill(signal);
    expect(await program.next()).toBe('last');
    expect(await program.next()).toBe('first');
    expect(await program.exitStatus()).toBe(exitStatus);
    await expect(program.next()).rejects.toThrow('printed no more');
  });
});
