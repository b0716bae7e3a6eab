import { injectServer } from '@app/local-postgres/vitest';
import { expect, test } from 'vitest';
import { spawnRunner } from '../support/child.ts';
import { undisturbed, withDatabase } from '../support/crash.ts';
import { writeFolder } from '../support/folder.ts';
import { sample } from '../support/sample.ts';
import { snapshot } from '../support/snapshot.ts';

test('twenty processes at once apply each file exactly once, and all exit 0', async () => {
  const folder = writeFolder(sample);
  const server = injectServer('plain');
  const { end } = await undisturbed(server, folder);
  await withDatabase(server, async ({ url, sql }) => {
    const patient = { connectTimeoutMs: 120_000, advisoryLockWaitMs: 600_000 };
    const ended = await Promise.all(Array.from({ length: 20 }, () => spawnRunner({ folder, url, ...patient }).ended));
    expect(ended.map((it) => it.code)).toEqual(Array.from({ length: 20 }, () => 0));
    const applied = ended.flatMap(({ output }) => JSON.parse(output).applied.map((it: { tag: string }) => it.tag));
    expect(applied.sort()).toEqual(sample.map((it) => it.tag));
    expect(await snapshot(sql)).toEqual(end);
  });
});
