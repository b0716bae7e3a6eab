import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isRunning, waitUntil } from '../../src/process.ts';
import { openFolder, run, startedBy } from '../support/processes.ts';

describe('a server and its folder are removed at the end of its process', () => {
  test.each([
    { how: 'end', status: 0, says: 'by itself, having nothing left to do' },
    { how: 'exit', status: 7, says: 'by process.exit' },
    { how: 'throw', status: 1, says: 'by an uncaught exception' },
  ])('which ends $says, without a word of its own, and its exit code stands', async ({ how, status }) => {
    const program = run('starter', [how], { tmp: openFolder() });
    const { server, folder } = await startedBy(program);
    expect(await program.ending()).toBe(status);
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
    expect(await program.ending()).toBe(signal);
    expect(isRunning(server)).toBe(false);
    expect(existsSync(folder)).toBe(false);
  });

  test.each([
    { moment: 'its folder is made', file: '.' },
    { moment: 'initdb is at work', file: 'data/PG_VERSION' },
  ])('which ends by Ctrl-C when $moment', async ({ file }) => {
    const tmp = openFolder();
    const ours = () => readdirSync(tmp).filter((name) => name.startsWith('local-postgres-'));
    const program = run('starter', ['wait'], { tmp });
    expect(await waitUntil(() => ours().some((name) => existsSync(join(tmp, name, file))), 30_000, 1)).toBe(true);
    program.child.kill('SIGINT');
    expect(await program.ending()).toBe('SIGINT');
    expect(ours()).toEqual([]);
    // A killed process may take a moment to end.
    const processes = () => execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
    await expect.poll(processes).not.toContain(tmp);
  });
});

describe('the cleanups of a process run in reverse order, also after one that fails', () => {
  test.each([
    { how: 'wait', signal: 'SIGINT', ending: 'SIGINT', says: 'on Ctrl-C' },
    { how: 'wait', signal: 'SIGHUP', ending: 'SIGHUP', says: 'when the terminal goes' },
    { how: 'exit', signal: undefined, ending: 7, says: 'on process.exit' },
    {
      how: 'other-listener',
      signal: 'SIGINT',
      ending: 41,
      says: 'beside a listener that ends the process its own way',
    },
    { how: 'lone-listener', signal: 'SIGINT', ending: 'SIGINT', says: 'beside a listener that wants to be alone' },
  ] as const)('$says', async ({ how, signal, ending }) => {
    const program = run('endings', [how]);
    expect(await program.next()).toBe('ready');
    if (signal !== undefined) program.child.kill(signal);
    expect(await program.next()).toBe('last');
    expect(await program.next()).toBe('first');
    expect(await program.ending()).toBe(ending);
    await expect(program.next()).rejects.toThrow('printed no more');
  });
});
