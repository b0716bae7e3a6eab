import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { resolveFolder, resolveTarget, type TargetOptions } from '../src/commands/target.ts';
import { rejection } from './support/rejection.ts';

const folder = mkdtempSync(join(tmpdir(), 'config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

let count = 0;
/** Writes a drizzle config and returns its path. */
function config(source: string, extension = 'ts'): string {
  const file = join(folder, `drizzle.config-${++count}.${extension}`);
  writeFileSync(file, source);
  return file;
}

const full = `import type { Config } from './types-are-dropped.ts';
  const url: string = 'postgres://config@localhost/config';
  export default {
    dialect: 'postgresql', out: './made', dbCredentials: { url }, migrations: { table: 't', schema: 's' },
  } satisfies Config;`;

test('folder, database and ledger come from the drizzle config, and what it does not name of the ledger is the default', async () => {
  expect(await resolveTarget({ config: config(full) }, {})).toMatchObject({
    folder: resolve('made'),
    url: 'postgres://config@localhost/config',
    ledger: { schema: 's', table: 't' },
  });
  const json = config(JSON.stringify({ dialect: 'postgresql', migrations: { table: 't' } }), 'json');
  expect(await resolveTarget({ config: json, url: 'postgres://localhost/flag' }, {})).toMatchObject({
    folder: resolve('drizzle'),
    ledger: { table: 't' },
  });
});

test('an option wins over the config, and the config over DATABASE_URL', async () => {
  vi.stubEnv('DATABASE_URL', 'postgres://localhost/environment');
  const flags = { folder: 'flag', url: 'postgres://me:secret@localhost:5433/flag', ledger: 'a.b' };
  expect(await resolveTarget({ ...flags, config: config(full) }, {})).toEqual({
    folder: 'flag',
    url: flags.url,
    ledger: { schema: 'a', table: 'b' },
    target: { url: flags.url, where: 'localhost:5433/flag' },
  });
  expect(await resolveTarget({ config: config(full) }, {})).toMatchObject({
    target: { where: 'localhost:5432/config' },
  });
  const empty = config(`export default { dialect: 'postgresql', dbCredentials: { url: '' } }`, 'mjs');
  expect(await resolveTarget({ config: empty }, {})).toMatchObject({ target: { where: 'localhost:5432/environment' } });
});

test('a project’s default wins over DATABASE_URL, and an option over the default', async () => {
  vi.stubEnv('DATABASE_URL', 'postgres://localhost/environment');
  const kept = { url: 'postgres://localhost/kept', where: 'the kept server' };
  const project = { folder: '/project', database: async () => kept };
  expect(await resolveTarget({}, project)).toMatchObject({ folder: '/project', url: kept.url, target: kept });
  expect(await resolveTarget({ url: 'postgres://localhost/flag' }, project)).toMatchObject({
    target: { where: 'localhost:5432/flag' },
  });
});

test.each([
  ['another dialect', `export default { dialect: 'mysql' }`, '"dialect" must be "postgresql", not "mysql"'],
  ['no object', 'export default 1', 'exports no config object'],
  ['a field of another type', `export default { dialect: 'postgresql', out: 1 }`, '"out" must be a string'],
  ['a file that throws', `throw new Error('no DATABASE_URL')`, 'cannot be loaded: no DATABASE_URL'],
])('a drizzle config with %s is refused, and the error names the file', async (_, source, reason) => {
  const file = config(source);
  const error = await rejection(resolveTarget({ config: file }, {}));
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', exitCode: 2 });
  expect(error.message).toContain(file);
  expect(error.message).toContain(reason);
});

test.each<[TargetOptions, string]>([
  [{ folder: 'x' }, 'give --url, or dbCredentials.url in drizzle.config.ts, or the environment variable DATABASE_URL'],
  [{ folder: 'x', url: 'postgres://localhost/a', ledger: 'drizzle' }, `--ledger takes schema.table, not 'drizzle'`],
  [{ folder: 'x', url: 'postgres://localhost/a', ledger: 'a.b.c' }, `--ledger takes schema.table, not 'a.b.c'`],
  [{ url: 'postgres://localhost/a' }, 'give --folder, or run where drizzle.config.ts is'],
])('%o is refused, and the error says what to give', async (given, words) => {
  vi.stubEnv('DATABASE_URL', '');
  const error = await rejection(resolveTarget(given, {}));
  expect(error).toMatchObject({ code: 'BAD_OPTIONS', exitCode: 2 });
  expect(error.message).toContain(words);
});

test('the doctor needs a folder and no database', async () => {
  expect(await resolveFolder({ folder: 'x' }, {})).toBe('x');
  expect(await resolveFolder({ config: config(full) }, {})).toBe(resolve('made'));
});
