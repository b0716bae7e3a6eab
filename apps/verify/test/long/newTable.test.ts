import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CommandResult, copyRepository, type RepositoryCopy } from '../support/repositoryCopy.ts';

const CASES = 'apps/verify/library/tables/playlists.ts';
/** The example of docs/verify.md. */
const exampleCases = (page: string) => /## Cases of a table[\s\S]*?```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
const fixture = (name: string) => readFileSync(new URL(`../support/playlists/${name}`, import.meta.url), 'utf8');

let copy: RepositoryCopy;
beforeAll(async () => {
  copy = await copyRepository();
});
afterAll(() => copy.remove());

const tool = (folder: string, name: string, ...args: readonly string[]) =>
  copy.node(folder, `node_modules/${name}`, ...args);
const command = (name: string, ...args: readonly string[]) =>
  copy.node('packages/db', '--import', 'tsx/esm', `src/commands/${name}.ts`, ...args);
const verify = (...subjects: readonly string[]) =>
  copy.node('apps/verify', '--import', 'tsx/esm', 'main.ts', ...subjects.flatMap((subject) => ['--only', subject]));

function expectSuccess({ status, output }: CommandResult): void {
  expect(status, output).toBe(0);
}

/** Follows "Adding a table" in the README. The column is one more line of a schema file. */
test('the steps of the README add a table and a nullable column, and every check passes', async () => {
  copy.edit('packages/db/src/schema/uploads.ts', (text) =>
    text.replace(/^ {4}contentType: /m, `    album: text('album'),\n$&`),
  );
  copy.write('packages/db/src/schema/playlists.ts', fixture('schema.ts.txt'));
  copy.edit('packages/db/src/schema/index.ts', (text) => `${text}export { playlists } from './playlists.ts';\n`);
  for (const name of ['playlists_set_updated_at.sql', 'playlists_grants.sql'])
    copy.write(`packages/db/src/functions/${name}`, fixture(name));
  copy.write(CASES, exampleCases(copy.read('docs/verify.md')));

  expectSuccess(await command('generate', '--name', 'add_playlists'));
  expectSuccess(await command('dumpSchema'));
  expectSuccess(await copy.node('apps/verify', '--import', 'tsx/esm', 'library/writeAccessTable.ts'));

  expect(copy.read('docs/access-and-quota.md')).toContain('| `playlists` |');
  expectSuccess(await command('checkMigrations'));
  expectSuccess(await command('checkSql'));
  copy.write('apps/verify/library/tsconfig.json', JSON.stringify({ extends: '../tsconfig.json', include: ['.'] }));
  for (const folder of ['packages/db', 'packages/types', 'apps/verify'])
    expectSuccess(await tool(folder, 'typescript/bin/tsc', ...(folder === 'apps/verify' ? ['-p', 'library'] : [])));
  expectSuccess(
    await verify('source', 'tables', 'table behaviours', 'coverage', 'access', 'indexes', 'security', 'behaviour'),
  );
  const tests = ['test/generated.test.ts', 'test/service/constraintMeanings.test.ts'];
  expectSuccess(await tool('packages/db', 'vitest/vitest.mjs', 'run', ...tests));
}, 600_000);

describe('a missing part of the cases fails, and the message names the entry to add and its file', () => {
  test.each([
    [
      'the boundary rows of a CHECK',
      'coverage',
      / {2}constraints: \{[\s\S]*?\n {2}\},\n/,
      `add 'playlists_title_check' to \`constraints\` in ${CASES}`,
    ],
    [
      'the query of an index',
      'coverage',
      / {2}indexes: \{[\s\S]*?\n {2}\},\n/,
      `add 'idx_playlists_cover_track_id' to \`indexes\` in ${CASES}`,
    ],
    [
      'the behaviour of a trigger',
      'coverage',
      / {2}behaviours: [\s\S]*?\n {2}\),\n/,
      `add a scenario to \`behaviours\` in ${CASES}: scenarios([{ name: …, proves: ['trigger playlists_set_updated_at on public.playlists']`,
    ],
    ['the access rules', 'access', / {2}access: \{[\s\S]*?\n {2}\},\n/, `allowed by no rule (\`access\` in ${CASES})`],
  ])('%s', async (_, subject, part, message) => {
    const whole = copy.read(CASES);
    expect(whole).toMatch(part);
    try {
      copy.write(CASES, whole.replace(part, ''));
      const { status, output } = await verify(subject);
      expect(output).toContain(message);
      expect(status).toBe(1);
    } finally {
      copy.write(CASES, whole);
    }
  });

  test('all cases', async () => {
    const whole = copy.read(CASES);
    try {
      copy.write(
        CASES,
        whole.replace(/export default [\s\S]*/, `export default defineTable({ table: 'public.albums', row });\n`),
      );
      const { status, output } = await verify('coverage');
      expect(output).toContain(
        `add ${CASES} with \`export default defineTable({ table: 'public.playlists', row: … })\``,
      );
      expect(output).toContain(`remove public.albums from ${CASES}, or correct its name`);
      expect(status).toBe(1);
    } finally {
      copy.write(CASES, whole);
    }
  });
});
