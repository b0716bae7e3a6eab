import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { removeDeadLock, withLock } from '../src/lock.ts';
import { openFolder } from './support/processes.ts';

test('one caller at a time holds the lock, and no file is left', async () => {
  const folder = openFolder();
  let inside = 0;
  let maximum = 0;
  const enter = async () => {
    maximum = Math.max(maximum, ++inside);
    await sleep(5);
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 10 }, () => withLock(join(folder, 'lock'), 30_000, enter)));
  expect(maximum).toBe(1);
  expect(readdirSync(folder)).toEqual([]);
});

test('a lock that is held for the whole wait is an error; a released lock can be taken, also after a failure', async () => {
  const path = join(openFolder(), 'lock');
  const held = withLock(path, 1_000, async () => {
    await expect(withLock(path, 100, async () => 'never')).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
    throw new Error('fails while it holds the lock');
  });
  await expect(held).rejects.toThrow('fails while');
  expect(await withLock(path, 1_000, async () => 'taken')).toBe('taken');
});

test('several callers that find the lock of a dead process take it one at a time', async () => {
  const path = join(openFolder(), 'lock');
  writeFileSync(path, JSON.stringify({ pid: process.pid, startedAt: 'before the last boot' }));
  let inside = 0;
  const enter = async () => {
    inside += 1;
    await sleep(5);
    return inside--;
  };
  expect(await Promise.all([1, 2, 3].map(() => withLock(path, 30_000, enter)))).toEqual([1, 1, 1]);
  expect(existsSync(path)).toBe(false);
});

test('a caller that is too late to remove a dead lock does not remove the next lock', () => {
  const folder = openFolder();
  const path = join(folder, 'lock');
  writeFileSync(path, 'the next');
  removeDeadLock(path, 'the dead');
  expect(readFileSync(path, 'utf8')).toBe('the next');
  removeDeadLock(path, 'the next');
  removeDeadLock(path, 'the next');
  expect(readdirSync(folder)).toEqual([]);
});
