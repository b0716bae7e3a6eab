import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectServer, createDatabase } from '@app/local-postgres';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { codeBlocks, readSection } from '../support/page.ts';
import { copyRepository, type RepositoryCopy } from '../support/repositoryCopy.ts';

const NODE_VERSIONS = ['20.19', '22', '24', 'latest'];

let copy: RepositoryCopy;
let image: string;
beforeAll(async () => {
  copy = await copyRepository('none');
  image = mkdtempSync(join(tmpdir(), 'image-'));
});
afterAll(() => {
  copy.remove();
  rmSync(image, { recursive: true, force: true });
});

const newDatabase = () => createDatabase(connectServer(inject('verifyServer')));

/** A PATH whose `node` is of that version, from the npm package of that name. */
async function pathTo(version: string): Promise<string> {
  const found = await copy.shell(`npx -y -p node@${version} -- sh -c 'dirname "$(command -v node)"'`);
  expect(found.status, found.output).toBe(0);
  return `${found.output.trim()}:${process.env.PATH}`;
}

/** Runs `migrate` with each version of Node on a new database, and asks what is pending afterwards. */
async function expectMigrations(folder: string, command: (name: string) => string): Promise<void> {
  for (const version of NODE_VERSIONS) {
    const environment = { DATABASE_URL: (await newDatabase()).url, PATH: await pathTo(version) };
    const run = (name: string) => copy.shell(`cd ${folder}; node -v; ${command(name)}`, environment);
    const migrated = await run('migrate');
    const state = await run('status');

    expect(migrated.status, migrated.output).toBe(0);
    expect(migrated.output).toMatch(version === 'latest' ? /^v/m : new RegExp(`^v${version}\\.`, 'm'));
    expect(migrated.output).toMatch(/Applied in \d+ ms:/);
    expect(state.output).toContain(' 0 pending');
  }
}

describe('what the page on deploying says works in a fresh clone, on every Node that is supported', () => {
  test('the folder that `pnpm deploy` writes for the image needs nothing outside itself', async () => {
    const [dockerfile = ''] = codeBlocks(readSection('deploying', '## Docker'), 'dockerfile');
    const [, build = ''] = /^RUN (.*)$/m.exec(dockerfile) ?? [];
    expect(build).toContain(' deploy /migrate');
    const [, command = ''] = /^CMD (.*)$/m.exec(dockerfile) ?? [];
    const [program, ...args] = JSON.parse(command) as string[];

    const built = await copy.shell(build.replace('/migrate', image));
    expect(built.status, built.output).toBe(0);

    await expectMigrations(image, (name) => [program, ...args.with(-1, name)].join(' '));
  }, 600_000);

  test('the production dependencies of the job of GitHub Actions are enough', async () => {
    const [job = ''] = codeBlocks(readSection('deploying', '## GitHub Actions'), 'yaml');
    const [install = '', migrate = ''] = [...job.matchAll(/- run: (.*)$/gm)].map(([, line]) => line ?? '');
    expect(migrate).toMatch(/ migrate$/);

    const installed = await copy.shell(install);
    expect(installed.status, installed.output).toBe(0);

    await expectMigrations('.', (name) => migrate.replace(/migrate$/, name));
    const withoutUrl = await copy.shell(migrate);
    expect(withoutUrl.output).toMatch(/^error: DATABASE_URL is not set, .*\n$/);
    expect(withoutUrl.status).toBe(2);
  }, 600_000);
});
