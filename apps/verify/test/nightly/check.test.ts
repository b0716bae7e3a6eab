import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyRepository, type RepositoryCopy } from '../support/repositoryCopy.ts';

const SOURCE = 'packages/db/src/migrations.ts';

let copy: RepositoryCopy;
beforeAll(async () => {
  copy = await copyRepository('none');
  const installed = await copy.shell('pnpm install --frozen-lockfile');
  expect(installed.status, installed.output).toBe(0);
}, 300_000);
afterAll(() => copy.remove());

describe('`pnpm check` in a copy of the repository, whose tasks turbo has cached', () => {
  test('a renamed export of packages/db fails the apps that import it, and each of them is named', async () => {
    const types =
      'pnpm exec turbo run check:types --continue --concurrency=2 --filter=@app/db --filter=@app/verify --filter=@app/bench';
    const before = await copy.shell(types);
    expect(before.status, before.output).toBe(0);
    expect((await copy.shell(types)).output).toMatch(/Cached: +(\d+) cached, \1 total/);

    const source = copy.read(SOURCE);
    copy.edit(SOURCE, (text) => text.replace('export const functionsFolder', 'export const functionsDirectory'));
    copy.edit(SOURCE, (text) => text.replace('export const migrationsFolder', 'export const migrationsDirectory'));
    const broken = await copy.shell(types);
    copy.write(SOURCE, source);

    expect(broken.status).not.toBe(0);
    for (const app of ['verify', 'bench', 'db']) {
      expect(broken.output).toMatch(new RegExp(`@app/${app}:check:types: .*error TS2\\d+: .*migrationsFolder`));
    }
    expect(broken.output).not.toMatch(/^\S*\s+at .*:\d+:\d+\)?$/m);
  }, 600_000);

  test('a line that is not formatted fails with the command that formats it', async () => {
    copy.edit(SOURCE, (text) => text.replace('export const', 'export  const'));

    const { status, output } = await copy.shell('pnpm check:lint');

    expect(status).not.toBe(0);
    expect(output).toContain(SOURCE);
    expect(output).toContain('Run `pnpm fix`');
  }, 300_000);
});
